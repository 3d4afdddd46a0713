// «Texts» beside a description field: pick a kept text, or keep what stands in the field. Loaded when the button is first pressed.
const { t, el, post, toast } = window.crm;

export function open(button) {
  const field = document.getElementById(button.dataset.textsFor);
  if (!field) return;
  // Before the dialog takes the focus: where the text goes, and what is marked.
  const { selectionStart: from, selectionEnd: to } = field;
  const marked = field.value.slice(from, to).trim() || field.value.trim();
  const input = el('input', { type: 'search', class: 'form-control', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'texts-list', 'aria-autocomplete': 'list', 'aria-label': t('Search in texts'), placeholder: t('Search in texts'), autocomplete: 'off', dir: 'auto', maxlength: 100 });
  const list = el('div', { id: 'texts-list', class: 'texts-list', role: 'listbox', 'aria-label': t('Ready texts') });
  const name = el('input', { type: 'text', class: 'form-control', name: 'title', required: true, maxlength: 120, placeholder: t('Name of the text'), 'aria-label': t('Name of the text'), dir: 'auto', autocomplete: 'off' });
  const share = el('label', { class: 'form-check', hidden: true }, el('input', { type: 'checkbox', class: 'form-check-input' }), el('span', { class: 'form-check-label' }, t('Everybody sees it')));
  const problem = el('p', { class: 'field-error', role: 'alert', hidden: true });
  const keep = el('form', { class: 'texts-keep', hidden: !marked },
    el('h3', {}, from !== to ? t('Keep the marked text') : t('Keep this text')), el('div', { class: 'texts-name' }, name, el('button', { class: 'btn' }, t('Keep'))), share, problem);
  const box = el('dialog', { class: 'box texts-box', 'aria-label': t('Ready texts') }, el('h2', {}, t('Ready texts')), input, list, keep,
    el('p', { class: 'texts-foot' }, el('a', { href: '/snippets', target: '_blank' }, t('Manage texts')), el('button', { type: 'button', class: 'btn', onclick: () => box.close() }, t('Close'))));
  let options = [];
  let at = -1;
  let asked = null;
  let timer = 0;

  const mark = i => {
    at = i;
    options.forEach((o, n) => o.setAttribute('aria-selected', n === at));
    if (at >= 0) { input.setAttribute('aria-activedescendant', options[at].id); options[at].scrollIntoView({ block: 'nearest' }); } else input.removeAttribute('aria-activedescendant');
  };
  const insert = text => {
    box.close();
    field.focus();
    field.setRangeText(text, from, to, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const look = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const response = await fetch('/snippets/find?q=' + encodeURIComponent(input.value.trim()), { headers: { Accept: 'application/json' }, signal: asked.signal });
      if (!response.ok) throw new Error(response.statusText);
      const { items, mayShare } = await response.json();
      share.hidden = !mayShare;
      options = items.map((s, i) => el('div', { class: 'option', role: 'option', id: `texts-${i}`, 'aria-selected': 'false', onclick: () => insert(s.text), onpointermove: () => { if (at !== i) mark(i); } },
        el('span', { class: 'option-text' }, el('bdi', {}, s.title), el('small', {}, el('bdi', {}, s.text.replace(/\s+/g, ' ').slice(0, 120)))), s.shared ? el('span', { class: 'option-type' }, t('Everybody')) : null));
      list.replaceChildren(...(options.length ? options : [el('p', { class: 'option-note', role: 'presentation' }, input.value.trim() ? t('No results') : t('No text is kept yet.'))]));
      mark(options.length ? 0 : -1);
    } catch (e) {
      if (e.name !== 'AbortError') list.replaceChildren(el('p', { class: 'option-note', role: 'presentation' }, t('The page could not be loaded. Try again.')));
    }
  };
  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(look, 150); });
  input.addEventListener('keydown', e => {
    if (e.isComposing) return;
    if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && options.length) {
      e.preventDefault();
      mark((at + (e.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length);
    } else if (e.key === 'Enter') {
      e.preventDefault();
      if (at >= 0) options[at].click();
    }
  });
  keep.addEventListener('submit', async e => {
    e.preventDefault();
    problem.hidden = true;
    const response = await post('/snippets?handler=Keep', { title: name.value, text: marked, shared: share.querySelector('input').checked });
    if (response.ok) {
      box.close();
      toast('success', t('Text kept.'));
      return;
    }
    const answer = await response.json().catch(() => null);
    problem.textContent = Object.values(answer?.errors ?? {}).flat()[0] ?? answer?.title ?? t('The page could not be loaded. Try again.');
    problem.hidden = false;
    name.focus();
  });
  // What is typed in the dialog belongs to no form of the page; its keys neither.
  box.addEventListener('keydown', e => { if (e.key !== 'Escape') e.stopPropagation(); });
  box.addEventListener('close', () => { box.remove(); field.focus(); });
  document.body.append(box);
  box.showModal();
  input.focus();
  look();
}
