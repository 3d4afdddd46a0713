// The shell's behaviour on every page: drop-downs, dialogs, toasts, forms, the search box, counters and recent records.
const { words = {}, language = 'en' } = window.crmWords ?? {};
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

export const t = (key, ...args) => (words[key] ?? key).replace(/\{(\d)\}/g, (_, i) => args[i] ?? '');
export const digits = text => language === 'fa' ? String(text).replace(/\d/g, d => '۰۱۲۳۴۵۶۷۸۹'[d]) : String(text);
export const latin = text => text.replace(/[۰-۹]/g, d => '۰۱۲۳۴۵۶۷۸۹'.indexOf(d)).replace(/[٠-٩]/g, d => '٠١٢٣٤٥٦٧٨٩'.indexOf(d));

/** An element: el('a', { class: 'x', href: '/' }, 'text', child). Text is always text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter(c => c !== null && c !== undefined));
  return element;
}

// ---- requests ----------------------------------------------------------------------------------------------------
const token = () => $('#shell-form input[name=__RequestVerificationToken]')?.value ?? '';
/** Posts form fields with the token; answers the response. */
export const post = (url, data = {}) => fetch(url, { method: 'POST', headers: { RequestVerificationToken: token(), Accept: 'application/json' }, body: new URLSearchParams(data) });
const getJson = async (url, signal) => {
  const response = await fetch(url, { headers: { Accept: 'application/json' }, signal });
  if (!response.ok) throw new Error(response.statusText);
  return response.json();
};

document.addEventListener('htmx:configRequest', e => { e.detail.headers.RequestVerificationToken = token(); });
for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
  document.addEventListener(name, e => {
    // Who is not signed in any more is led to the sign-in page by the answer itself.
    if (e.detail.xhr?.status === 401) return;
    const lazy = e.detail.elt?.closest?.('[data-lazy]');
    if (lazy) {
      lazy.replaceChildren(el('p', { class: 'drop-note' }, t('The page could not be loaded. Try again.')));
      lazy.removeAttribute('aria-busy');
    } else {
      toast('danger', t('The page could not be loaded. Try again.'));
    }
  });
}
// An answer without the part that was asked for leaves what stands there: put in its place it would be nothing. What asks by itself asks again; who pressed is told.
document.addEventListener('htmx:beforeSwap', e => {
  const asker = e.detail.requestConfig.elt, part = asker.closest('[hx-select]')?.getAttribute('hx-select');
  if (!part || !e.detail.shouldSwap || new DOMParser().parseFromString(e.detail.serverResponse, 'text/html').querySelector(part)) return;
  e.detail.shouldSwap = false;
  if (!asker.getAttribute('hx-trigger')?.includes('every ')) toast('danger', t('The page could not be loaded. Try again.'));
});
document.addEventListener('htmx:afterRequest', () => { leaving = false; });
document.addEventListener('htmx:afterSwap', e => {
  const target = e.detail.target;
  target?.removeAttribute?.('aria-busy');
  // What was replaced itself is not in the page any more: what came for it is looked for everywhere.
  ready(target?.isConnected ? target : document);
});

// ---- toasts ------------------------------------------------------------------------------------------------------
/** Shows a line for some seconds; kind: success, info, warning, danger. */
export function toast(kind, text, url) {
  const line = el('div', { class: `toast-line toast-${kind}`, 'data-toast': true }, url ? el('a', { href: url }, text) : el('span', {}, text));
  $('#toasts')?.append(line);
  arm(line);
}
function arm(line) {
  line.append(el('button', { type: 'button', 'aria-label': t('Close'), onclick: () => line.remove() }, '×'));
  let timer = setTimeout(() => line.remove(), 7000);
  line.addEventListener('pointerenter', () => clearTimeout(timer));
  line.addEventListener('pointerleave', () => { timer = setTimeout(() => line.remove(), 3000); });
}

// ---- dialogs -----------------------------------------------------------------------------------------------------
/** Asks; answers true or false. Careful: where «yes» loses something, Enter means «no». */
export function ask(question, yes = t('Yes, go on'), no = t('Cancel'), careful = false) {
  return new Promise(resolve => {
    const box = el('dialog', { class: 'box', 'aria-labelledby': 'ask-text' },
      el('p', { id: 'ask-text' }, question),
      el('form', { method: 'dialog', class: 'form-buttons' },
        el('button', { class: careful ? 'btn btn-primary' : 'btn', value: '' }, no), el('button', { class: careful ? 'btn' : 'btn btn-primary', value: 'yes' }, yes)));
    box.addEventListener('close', () => { resolve(box.returnValue === 'yes'); box.remove(); });
    document.body.append(box);
    box.returnValue = '';
    box.showModal();
    $('.btn-primary', box).focus();
  });
}
/** Asks for some words; answers them, or null where nobody wants to go on. */
export function askText(question, label) {
  return new Promise(resolve => {
    const text = el('textarea', { class: 'form-control', id: 'ask-words', rows: 3, required: true, maxlength: 1000, dir: 'auto' });
    const form = el('form', { method: 'dialog' }, el('label', { class: 'form-label', for: 'ask-words' }, label), text,
      el('div', { class: 'form-buttons' }, el('button', { type: 'button', class: 'btn', onclick: () => box.close() }, t('Cancel')), el('button', { class: 'btn btn-primary', value: 'yes' }, t('Yes, go on'))));
    const box = el('dialog', { class: 'box', 'aria-labelledby': 'ask-text' }, el('p', { id: 'ask-text' }, question), form);
    box.addEventListener('close', () => { resolve(box.returnValue === 'yes' ? text.value.trim() : null); box.remove(); });
    document.body.append(box);
    box.returnValue = '';
    box.showModal();
    text.focus();
  });
}
document.addEventListener('submit', async e => {
  const form = e.target;
  if (!(form instanceof HTMLFormElement)) return;
  const question = e.submitter?.dataset.confirm ?? form.dataset.confirm;
  // What is not filled in is told first: nobody is asked about what can't be done yet. A button with a question of its own does something else than the form.
  const open = !e.submitter?.dataset.confirm && [...form.elements].some(field => field.getAttribute('aria-required') === 'true' && !field.value);
  if (question && !open && !form.dataset.confirmed) {
    e.preventDefault();
    e.stopImmediatePropagation();
    if (!await ask(question)) return;
    form.dataset.confirmed = 'yes';
    form.requestSubmit(e.submitter ?? undefined);
    delete form.dataset.confirmed;
    return;
  }
  // Another form of the page (language, sign-out) does not take the unsaved one along.
  if (form === dirty) leaving = true;
}, true);

// A form that only chooses what the page shows: what is chosen and what stands below never differ.
document.addEventListener('change', e => { e.target.closest?.('form[data-auto]')?.requestSubmit(); });

// ---- drop-downs --------------------------------------------------------------------------------------------------
document.addEventListener('toggle', e => {
  const drop = e.target;
  if (!drop.matches?.('[data-drop]')) return;
  if (!drop.open) { drop.classList.remove('drop-up', 'drop-start'); return; }
  for (const other of $$('[data-drop][open]')) if (other !== drop && !other.contains(drop)) other.open = false;
  const list = $('.drop-list', drop);
  if (list && !list.classList.contains('drop-wide')) {
    const box = list.getBoundingClientRect();
    if (box.bottom > innerHeight && box.height < drop.getBoundingClientRect().top) drop.classList.add('drop-up');
    if (box.left < 0 || box.right > document.documentElement.clientWidth) drop.classList.add('drop-start');
  }
  if (drop.dataset.dropLoad) fill(drop);
}, true);
async function fill(drop) {
  const place = $('[data-drop-content]', drop);
  try {
    const response = await fetch(drop.dataset.dropLoad, { headers: { 'HX-Request': 'true', Accept: 'text/html' } });
    if (!response.ok) throw new Error(response.statusText);
    place.innerHTML = await response.text();
    window.htmx?.process(place);
  } catch {
    place.replaceChildren(el('p', { class: 'drop-note' }, t('The page could not be loaded. Try again.')));
  }
}
document.addEventListener('click', e => {
  for (const drop of $$('[data-drop][open]')) if (!drop.contains(e.target)) drop.open = false;
  if (e.target.closest('[data-side-open]')) side(!document.body.classList.contains('side-is-open'));
  else if (e.target.closest('[data-side-close]')) side(false);
  const texts = e.target.closest('[data-texts-for]');
  if (texts) import(document.body.dataset.texts).then(m => m.open(texts));
  if (e.target.closest('[data-print]')) print();
  const take = e.target.closest('[data-take]');
  if (take) {
    const field = document.getElementById(take.dataset.takeInto);
    field.value = take.dataset.take;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  }
});
document.addEventListener('keydown', e => {
  const drop = e.target.closest?.('[data-drop]');
  if (drop && e.key === 'Escape' && drop.open) {
    drop.open = false;
    $('summary', drop).focus();
    e.preventDefault();
    e.stopPropagation();
  } else if (drop && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
    const entries = $$('.drop-list a, .drop-list button', drop);
    if (!entries.length) return;
    drop.open = true;
    const step = e.key === 'ArrowDown' ? 1 : -1;
    entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus();
    e.preventDefault();
  } else if (e.key === 'Escape' && document.body.classList.contains('side-is-open')) {
    side(false);
    e.preventDefault();
  }
});
function side(open) {
  document.body.classList.toggle('side-is-open', open);
  const toggle = $('[data-side-open]');
  toggle?.setAttribute('aria-expanded', open);
  if (open) $('#side a')?.focus(); else toggle?.focus();
}

// ---- forms -------------------------------------------------------------------------------------------------------
let leaving = false;
let dirty = null;
document.addEventListener('input', e => {
  const form = e.target.form;
  if (form?.matches('[data-form]')) dirty = form;
});
addEventListener('beforeunload', e => { if (dirty?.isConnected && !leaving) e.preventDefault(); });
addEventListener('pageshow', () => { leaving = false; });
addEventListener('crm:leave', () => { leaving = true; });
// Links inside the application ask in our own words; the browser's question stays for closing the tab.
document.addEventListener('click', async e => {
  const link = e.target.closest('a[href]');
  if (!link || !dirty?.isConnected || leaving || e.defaultPrevented || e.ctrlKey || e.metaKey || e.shiftKey || e.button || link.target || link.getAttribute('href').startsWith('#')) return;
  e.preventDefault();
  if (await ask(t('There are unsaved changes on this page.'), t('Leave without saving'), t('Stay'), true)) {
    leaving = true;
    location.href = link.href;
  }
});

const grouped = text => {
  const [, sign, whole, rest] = latin(text).replace(/[,٬،\s]/g, '').match(/^(-?)(\d*)(.*)$/s);
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, language === 'fa' ? '٬' : ',') + rest;
};
document.addEventListener('input', e => {
  const input = e.target;
  if (input.matches?.('[data-money]')) {
    // The caret stays behind the same digit, however many separators come or go.
    const behind = input.value.slice(input.selectionStart).replace(/[,٬،\s]/g, '').length;
    const shown = digits(grouped(input.value));
    if (shown === input.value) return;
    input.value = shown;
    let at = shown.length;
    for (let n = 0; n < behind && at > 0; at--) if (!/[,٬]/.test(shown[at - 1])) n++;
    input.setSelectionRange(at, at);
  } else if (input.matches?.('[data-files]')) {
    list(input);
  }
});
function list(input) {
  const names = [...input.files].map(f => el('li', {}, el('bdi', {}, f.name), ' – ', t('{0} KB', digits(Math.max(1, Math.round(f.size / 1024)).toString()))));
  const box = input.closest('.file-field') ?? input;
  let shown = box.parentElement.querySelector('.file-names');
  if (!shown) box.after(shown = el('ul', { class: 'file-names', 'aria-live': 'polite' }));
  shown.replaceChildren(...names);
}
// A report's days are typed: then they hold, not the preset.
document.addEventListener('change', e => {
  const filter = e.target.closest?.('.report-filter');
  if (!filter) return;
  if (e.target.matches('[data-date]')) filter.querySelector('[data-period]').value = 'days';
  else if (e.target.matches('[data-period]') && e.target.value !== 'days') filter.requestSubmit();
});
document.addEventListener('focusout', e => {
  const input = e.target;
  if (!input.matches?.('[data-phone], [data-time]') || !input.value) return;
  const plain = latin(input.value).trim();
  if (input.matches('[data-time]')) {
    const m = plain.match(/^(\d{1,2})[:.٫]?(\d{2})?$/);
    if (m && +m[1] < 24 && +(m[2] ?? 0) < 60) input.value = digits(`${m[1].padStart(2, '0')}:${m[2] ?? '00'}`);
    return;
  }
  // Only what people at home type every day; the server reads every other spelling.
  let d = plain.replace(/[\s\-().]/g, '').replace(/^(\+98|0098)0?/, '0');
  if (/^9\d{9}$/.test(d)) d = '0' + d;
  if (/^09\d{9}$/.test(d)) input.value = digits(`${d.slice(0, 4)} ${d.slice(4, 7)} ${d.slice(7)}`);
  else if (/^0\d{10}$/.test(d)) input.value = digits(`${d.slice(0, 3)} ${d.slice(3, 7)} ${d.slice(7)}`);
});

// ---- search box and palette ---------------------------------------------------------------------------------------
/** Digits of the language, and a number of several groups kept in its own order among Persian words. */
export const numbers = text => digits(text).replace(/[\d۰-۹+][\d۰-۹ ]{5,}[\d۰-۹]/g, n => `\u2066${n}\u2069`);
/** Makes an input with a list below it search as one types; extra() gives more entries by what was typed. */
export function searching(input, panel, extra) {
  let options = [];
  let at = -1;
  let asked = null;
  let timer = 0;
  const show = open => { panel.hidden = !open; input.setAttribute('aria-expanded', open); if (!open) { at = -1; input.removeAttribute('aria-activedescendant'); } };
  const mark = i => {
    at = i;
    options.forEach((o, n) => o.setAttribute('aria-selected', n === at));
    if (at >= 0) { input.setAttribute('aria-activedescendant', options[at].id); options[at].scrollIntoView({ block: 'nearest' }); } else input.removeAttribute('aria-activedescendant');
  };
  const render = (records, note) => {
    const groups = [];
    const entry = r => el('a', { class: 'option', role: 'option', href: r.url, tabindex: '-1', 'aria-selected': 'false' },
      el('span', { class: 'option-text' }, el('bdi', {}, r.title), r.sub ? el('small', {}, el('bdi', {}, numbers(r.sub))) : null), r.type ? el('span', { class: 'option-type' }, r.type) : null);
    for (const [title, items] of [[t('Records'), records], ...(extra ? extra(input.value.trim()) : [])]) {
      if (!items.length) continue;
      if (extra) groups.push(el('div', { class: 'option-group', role: 'presentation' }, title));
      groups.push(...items.map(i => { const o = entry(i); if (i.run) o.addEventListener('click', e => { e.preventDefault(); i.run(); }); return o; }));
    }
    if (note && !groups.length) groups.push(el('p', { class: 'option-note', role: 'presentation' }, note));
    panel.replaceChildren(...groups);
    options = $$('[role=option]', panel);
    options.forEach((o, i) => { o.id = `${panel.id}-${i}`; o.addEventListener('pointermove', () => { if (at !== i) mark(i); }); });
    show(groups.length > 0);
    mark(extra && options.length ? 0 : -1);
  };
  const look = async () => {
    const q = input.value.trim();
    asked?.abort();
    if (q.length < 2) { render([], q.length === 1 && !extra ? t('Type at least two letters') : null); return; }
    asked = new AbortController();
    try {
      const found = await getJson('/search/suggest?q=' + encodeURIComponent(q), asked.signal);
      render(found, found.length ? null : t('No results for “{0}”', q));
    } catch (e) {
      if (e.name !== 'AbortError') render([], t('The page could not be loaded. Try again.'));
    }
  };
  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(look, 120); });
  input.addEventListener('focus', () => { if (input.value.trim().length > 1) look(); });
  input.addEventListener('keydown', e => {
    if (e.isComposing) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      if (!options.length) return;
      e.preventDefault();
      const step = e.key === 'ArrowDown' ? 1 : -1;
      mark(at < 0 ? (step > 0 ? 0 : options.length - 1) : (at + step + options.length) % options.length);
    } else if (e.key === 'Enter' && at >= 0) {
      e.preventDefault();
      options[at].click();
    } else if (e.key === 'Escape' && !extra) {
      if (!panel.hidden) e.preventDefault();
      show(false);
      e.stopPropagation();
    }
  });
  input.addEventListener('blur', () => setTimeout(() => { if (!extra && !panel.contains(document.activeElement)) show(false); }, 150));
  return { look, render };
}

// ---- shell: counters and recent records ----------------------------------------------------------------------------
function showShell({ counts, recent }) {
  for (const [key, n] of Object.entries(counts)) count(key, n);
  const bar = $('#recents');
  if (!bar) return;
  if (!recent.length) { bar.replaceChildren(el('p', { class: 'recents-none' }, t('Nothing opened yet'))); return; }
  bar.replaceChildren(...recent.map(r => el('a', { href: r.url, title: `${r.type}: ${r.title}`, 'aria-current': r.url === location.pathname ? 'page' : null }, el('small', {}, r.type), el('span', { dir: 'auto' }, r.title))));
}
function count(key, n) {
  for (const place of $$(`[data-count="${key}"]`)) {
    place.hidden = n <= 0;
    place.textContent = digits(n > 99 ? '99+' : n);
    place.dataset.value = n;
  }
}
/** Loads counters and recent records again. */
export async function refreshShell() {
  if (!$('#recents')) return;
  const { openedId: id, openedType: type, openedTitle: title, openedUrl: url } = document.body.dataset;
  try {
    const response = id ? await post('/shell', { id, type, title, url }) : await fetch('/shell', { headers: { Accept: 'application/json' } });
    if (!response.ok) return;
    const answer = await response.json();
    sessionStorage.setItem('crm.shell', JSON.stringify({ language, answer }));
    showShell(answer);
  } catch {
    // The counters come with the next page.
  }
}

// ---- parts loaded only where they are needed ------------------------------------------------------------------------
function ready(root) {
  if ($('[data-lookup]', root) && document.body.dataset.lookup) import(document.body.dataset.lookup).then(m => m.enhance(root));
  if ($('[data-chart]', root)) import(document.body.dataset.chartJs).then(m => m.draw(root));
  for (const input of $$('[data-money]', root)) if (input.value) input.value = digits(grouped(input.value));
  for (const part of $$('[data-shown-when]', root)) depend(part);
}
// A field that depends on another one stands there for its value only; where the other one is not on the form, the server decides alone.
function depend(part) {
  const { shownWhen: name, shownValue: wanted } = part.dataset;
  const others = $$(`[name="${CSS.escape(name)}"]`, part.closest('form')).filter(i => i.type !== 'hidden');
  if (others.length === 0) return;
  const has = i => i.type === 'checkbox' ? String(i.checked) === wanted : i.multiple ? [...i.selectedOptions].some(o => o.value === wanted) : i.value === wanted;
  const look = () => { part.hidden = !others.some(has); };
  for (const other of others) other.addEventListener('change', look);
  look();
}

window.crm = { t, digits, numbers, latin, el, post, toast, ask, askText, searching, refreshShell, ready };
for (const line of $$('[data-toast]')) arm(line);
const summary = $('[data-error-summary]');
if (summary) ($('[aria-invalid="true"]') ?? summary).focus();
const box = $('#search');
if (box) {
  searching(box, $('#search-list'));
  const kept = JSON.parse(sessionStorage.getItem('crm.shell') ?? 'null');
  if (kept?.language === language) showShell(kept.answer);
  refreshShell();
}
ready(document);
dispatchEvent(new Event('crm:ready'));
