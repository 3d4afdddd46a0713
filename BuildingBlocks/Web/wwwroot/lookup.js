// Searching drop-downs. The list behind is a plain select, which works without this.
const { t, post, toast, numbers } = window.crm;
let loaded = null;

function load() {
  const { lookupJs, lookupCss } = document.body.dataset;
  return loaded ??= new Promise((done, fail) => {
    const sheet = document.createElement('link');
    Object.assign(sheet, { rel: 'stylesheet', href: lookupCss });
    // Before our own sheet, whose colours hold.
    document.querySelector('link[href*="site.css"]').before(sheet);
    const script = document.createElement('script');
    Object.assign(script, { src: lookupJs, onload: () => done(window.TomSelect), onerror: fail });
    document.head.append(script);
  });
}

const fold = text => text.toLowerCase().replace(/[يى]/g, 'ی').replace(/ك/g, 'ک').replace(/[\u200c\u064b-\u065f]/g, '').replace(/[۰-۹]/g, d => '۰۱۲۳۴۵۶۷۸۹'.indexOf(d));

export async function enhance(root) {
  const TomSelect = await load();
  for (const select of root.querySelectorAll('select[data-lookup]')) {
    if (select.tomselect) continue;
    const { lookupUrl: url, lookupAdd: add } = select.dataset;
    // What the server found for a text is shown for it: a telephone without its spaces, a Persian name in Latin letters.
    const answers = new Map();
    const label = document.querySelector(`label[for="${select.id}"]`);
    const control = new TomSelect(select, {
      valueField: 'value', labelField: 'text', searchField: ['text', 'sub', 'folded'], maxOptions: 200, create: false, selectOnTab: true, closeAfterSelect: !select.multiple,
      allowEmptyOption: false, plugins: select.multiple ? ['remove_button'] : [],
      placeholder: select.querySelector('option[value=""]')?.textContent ?? '',
      onInitialize() { for (const o of Object.values(this.options)) o.folded = fold(o.text ?? ''); },
      score(search) {
        const parts = fold(search).split(/\s+/).filter(Boolean);
        const found = answers.get(fold(search));
        return item => { const text = fold(`${item.text} ${item.sub ?? ''}`); return parts.every(p => text.includes(p)) ? 1 + (text.startsWith(parts[0] ?? '') ? 1 : 0) : found?.has(item.value) ? 1 : 0; };
      },
      preload: url ? 'focus' : false,
      load: url ? async (q, done) => {
        try {
          const response = await fetch(`${url}${url.includes('?') ? '&' : '?'}q=${encodeURIComponent(q)}`, { headers: { Accept: 'application/json' } });
          if (!response.ok) throw new Error(response.statusText);
          const items = (await response.json()).map(i => ({ value: String(i.id), text: i.text, sub: i.sub }));
          answers.set(fold(q), new Set(items.map(i => i.value)));
          done(items);
        } catch {
          toast('danger', t('The page could not be loaded. Try again.'));
          done();
        }
      } : null,
      ...(add ? {
        async create(text, done) {
          const response = await post(add, { text });
          if (!response.ok) {
            const problem = await response.json().catch(() => null);
            toast('danger', Object.values(problem?.errors ?? {}).flat()[0] ?? problem?.title ?? t('The page could not be loaded. Try again.'));
            return done();
          }
          const item = await response.json();
          done({ value: String(item.id), text: item.text });
        },
      } : {}),
      render: {
        option: (item, escape) => `<div class="option"><span class="option-text"><bdi>${escape(item.text)}</bdi></span>${item.sub ? `<small><bdi>${escape(numbers(item.sub))}</bdi></small>` : ''}</div>`,
        option_create: (item, escape) => `<div class="create">+ <strong>${escape(item.input)}</strong></div>`,
        no_results: () => `<div class="no-results">${t('No results')}</div>`,
        loading: () => `<div class="no-results">${t('Loading…')}</div>`,
      },
    });
    for (const name of ['aria-describedby', 'aria-invalid', 'aria-required']) if (select.hasAttribute(name)) control.control_input.setAttribute(name, select.getAttribute(name));
    // The star of a field that must be filled is no part of its name: aria-required says it.
    const name = label?.cloneNode(true);
    name?.querySelector('.required')?.remove();
    if (label && !control.control_input.hasAttribute('aria-labelledby')) control.control_input.setAttribute('aria-label', name.textContent.trim());
    // The select stays in the page, hidden: it keeps its name too.
    if (label) select.setAttribute('aria-label', name.textContent.trim());
    control.on('change', () => select.dispatchEvent(new Event('input', { bubbles: true })));
  }
}
