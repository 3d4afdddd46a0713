// Keys of the whole application, by the physical key: they work on a Persian layout as well.
const { t, el, searching } = window.crm;
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const letter = code => code.replace(/^Key|^Digit/, '');
const typing = e => e.target.closest?.('input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable], .ts-control');
let waitsForLetter = 0;

document.addEventListener('keydown', e => {
  if (e.defaultPrevented || e.isComposing) return;
  const command = e.ctrlKey || e.metaKey;
  if (command && e.code === 'KeyK') { e.preventDefault(); palette(); return; }
  if (command && e.code === 'Enter' || command && e.code === 'NumpadEnter') {
    const form = e.target.closest?.('[data-form]') ?? $('[data-form]');
    if (form) { e.preventDefault(); form.requestSubmit($('.btn-primary, button:not([type=button])', form)); }
    return;
  }
  if (e.code === 'F9') {
    // A customer's page knows with whom; everywhere else the «new» menu asks first.
    const entry = $('[data-new="F9"]');
    if (!press(e, 'F9') && entry) { e.preventDefault(); entry.click(); }
    return;
  }
  if (e.key === 'Escape' && !$('dialog[open]') && !$('[data-drop][open]') && !$('.calendar')) {
    const way = $('[data-leave]');
    if (way) { e.preventDefault(); way.click(); } else if (typing(e)) e.target.blur();
    return;
  }
  if (command || e.altKey || typing(e) || $('dialog[open]')) return;
  if (waitsForLetter) {
    clearTimeout(waitsForLetter);
    waitsForLetter = 0;
    const entry = $(`[data-go="${e.code}"]`);
    if (entry) { e.preventDefault(); entry.click(); }
    return;
  }
  if (e.code === 'Slash' && e.shiftKey) { e.preventDefault(); help(); }
  else if (e.code === 'Slash') { e.preventDefault(); $('#search')?.focus(); $('#search')?.select(); }
  else if (e.shiftKey) return;
  else if (e.code === 'KeyN') press(e, 'n') || openNew(e);
  else if (e.code === 'KeyE') press(e, 'e');
  else if (e.code === 'KeyG') waitsForLetter = setTimeout(() => { waitsForLetter = 0; }, 1500);
});
document.addEventListener('click', e => { if (e.target.closest('[data-help]')) { e.target.closest('[data-drop]')?.removeAttribute('open'); help(); } });

function press(e, key) {
  const target = $(`[data-key="${key}"]`);
  if (!target) return false;
  e.preventDefault();
  target.click();
  return true;
}
function openNew(e) {
  const drop = $('[data-new]')?.closest('[data-drop]');
  if (!drop) return;
  e.preventDefault();
  drop.open = true;
  $('a', drop).focus();
}

function dialog(css, title, ...content) {
  $('dialog[open]')?.close();
  const box = el('dialog', { class: `box ${css}`, 'aria-label': title }, ...content);
  box.addEventListener('close', () => box.remove());
  box.addEventListener('click', e => { if (e.target === box) box.close(); });
  document.body.append(box);
  box.showModal();
  return box;
}

// What stands on the same key of the other keyboard: «lohxfhk» is «مخاطبان» typed with the Latin one switched on.
const latinKeys = "qwertyuiop[]asdfghjkl;'zxcvbnm,";
const persianKeys = 'ضصثقفغعهخحجچشسیبلاتنمکگظطزرذدپو';
const flip = text => [...text].map(c => { const i = latinKeys.indexOf(c); return i >= 0 ? persianKeys[i] : latinKeys[persianKeys.indexOf(c)] ?? c; }).join('');
const fold = text => text.toLowerCase().replace(/[يى]/g, 'ی').replace(/ك/g, 'ک').replace(/[أإآ]/g, 'ا').replace(/[\u200c\u064b-\u0652]/g, '');
let known = null;

/** Pages, actions and records by name, in either language; what was opened lately comes first. */
async function palette() {
  const input = el('input', { type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-list', 'aria-autocomplete': 'list', 'aria-label': t('Search everything'), placeholder: t('Search everything'), maxlength: 100 });
  const list = el('div', { class: 'search-list', id: 'palette-list', role: 'listbox' });
  list.setAttribute('aria-label', t('Search everything'));
  const box = dialog('palette', t('Search everything'), el('div', { class: 'search' }, $('#search')?.parentElement.querySelector('.icon')?.cloneNode(true), input, list));
  const fits = (q, ...texts) => {
    const all = texts.filter(Boolean).map(fold).join('\n');
    return [q, flip(q)].some(way => fold(way).split(/\s+/).every(word => all.includes(word)));
  };
  // Of this page: its buttons stand nowhere else.
  const own = q => $$('.page-head-actions a, .record-head-actions a, [data-key]').filter((a, i, all) => all.indexOf(a) === i)
    .map(a => ({ title: a.textContent.trim(), url: a.href ?? '#', run: () => { box.close(); a.click(); } })).filter((i, n, all) => i.title && fits(q, i.title) && all.findIndex(o => o.title === i.title) === n);
  const entry = e => ({ title: e.title, sub: e.sub ?? '', url: e.url ?? '#', run: e.url ? null : () => { box.close(); run(e); } });
  const group = (name, q) => (known ?? []).filter(e => e.group === name && fits(q, e.title, e.other)).map(entry);
  const parts = q => {
    const recent = q ? [] : (JSON.parse(sessionStorage.getItem('crm.shell') ?? 'null')?.answer.recent ?? []).map(r => ({ title: r.title, type: r.type, url: r.url }));
    const actions = [...own(q), ...group(t('Actions'), q)].filter((i, n, all) => all.findIndex(o => o.title === i.title) === n);
    return [[t('Recently opened'), recent], [t('Actions'), actions.slice(0, q ? 6 : 8)], [t('Pages'), group(t('Pages'), q).slice(0, q ? 8 : 12)]];
  };
  const search = searching(input, list, parts);
  search.render([]);
  input.focus();
  if (known) return;
  try {
    const response = await fetch('/shell/palette', { headers: { Accept: 'application/json' } });
    if (response.ok) known = await response.json();
    if (box.open && !input.value.trim()) search.render([]);
  } catch {
    // The page's own actions and the records are there without it.
  }
}

function run(e) {
  if (e.help) { help(); return; }
  const form = $('#shell-form');
  const button = el('button', { type: 'submit', formaction: e.post, name: e.name ?? '', value: e.value ?? '', hidden: true });
  form.append(button);
  form.requestSubmit(button);
}

function help() {
  const lines = [['/', t('Open the search')], ['Ctrl K', t('Search everything')], ['n', t("Go to the page's new action")]];
  if ($('[data-key="e"]')) lines.push(['e', t('Edit this record')]);
  if ($('[data-key="F9"], [data-new="F9"]')) lines.push(['F9', t('Log a communication')]);
  if ($('[data-form]')) lines.push(['Ctrl Enter', t('Save the form')], ['Esc', t('Leave this page')]);
  for (const a of $$('[data-go]')) if (a.dataset.go) lines.push([`g ${letter(a.dataset.go).toLowerCase()}`, t('Go to {0}', a.textContent.trim())]);
  lines.push(['?', t('Keyboard shortcuts')]);
  dialog('', t('Keyboard shortcuts'), el('h2', {}, t('Keyboard shortcuts')),
    el('dl', { class: 'keys-list' }, ...lines.flatMap(([keys, text]) => [el('dt', {}, ...keys.split(' ').flatMap((k, i) => i ? [' ', el('kbd', {}, k)] : [el('kbd', {}, k)])), el('dd', {}, text)])),
    el('form', { method: 'dialog', class: 'form-buttons' }, el('button', { class: 'btn' }, t('Close'))));
}
