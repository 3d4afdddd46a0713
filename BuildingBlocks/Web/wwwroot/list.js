// Lists of records: panels, conditions, columns, choosing rows, changing in place. Without it lists search, filter, sort and page all the same.
const { t, el, post, toast, askText, digits } = window.crm;
const root = document.querySelector('[data-record-list]');
const key = root.dataset.recordList;
const base = root.dataset.url;
const $ = (s, r = root) => r.querySelector(s);
const $$ = (s, r = root) => [...r.querySelectorAll(s)];
const json = async url => {
  const response = await fetch(url, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(response.statusText);
  return response.json();
};
const failed = () => toast('danger', t('The page could not be loaded. Try again.'));

// ---- menu of a row: one list of actions for all rows ------------------------------------------------------------
let open = null;
function closeMenu(focus) {
  if (!open) return;
  open.menu.remove();
  open.button.setAttribute('aria-expanded', 'false');
  if (focus) open.button.focus();
  open = null;
}
root.addEventListener('click', e => {
  const button = e.target.closest('[data-row-menu]');
  if (!button) return closeMenu();
  const was = open?.button === button;
  closeMenu();
  if (was) return;
  const { id, above } = button.closest('tr').dataset;
  const menu = el('ul', { class: 'drop-list row-menu-list' });
  menu.append(el('li', {}, el('a', { href: `${base}/${id}` }, t('Show'))));
  menu.append($('[data-row-actions]').content.cloneNode(true));
  for (const a of menu.querySelectorAll('li + li a')) {
    if (!a.dataset.above) a.href = `${base}/${id}${a.getAttribute('href')}`;
    else if (above) a.href = `${a.dataset.above}/${above}`;
    else a.closest('li').remove();
  }
  button.after(menu);
  button.setAttribute('aria-expanded', 'true');
  open = { menu, button };
  menu.querySelector('a').focus();
});
document.addEventListener('click', e => { if (!root.contains(e.target)) closeMenu(); });
root.addEventListener('keydown', e => {
  if (!open) return;
  const links = [...open.menu.querySelectorAll('a, button')];
  const at = links.indexOf(document.activeElement);
  if (e.code === 'Escape') closeMenu(true);
  else if (e.code === 'ArrowDown') links[(at + 1) % links.length].focus();
  else if (e.code === 'ArrowUp') links[(at + links.length - 1) % links.length].focus();
  else return;
  e.preventDefault();
  e.stopPropagation();
});

// ---- what is done to one row: sent as for many, so that the list comes back as it was ---------------------------------
root.addEventListener('click', e => {
  const verb = e.target.closest('tbody [data-verb]');
  if (!verb) return;
  const bar = $('[data-bulk]');
  bar.elements.all.value = 'false';
  bar.elements.ids.value = verb.closest('tr').dataset.id;
  const button = $(`button[value="do.${verb.dataset.verb}"]`, bar);
  if (button.dataset.asks) return say(bar, button);
  bar.append(el('input', { type: 'hidden', name: 'action', value: button.value }));
  bar.submit();
});

// ---- what needs a word with it: why something is suspended or ended ---------------------------------------------------
async function say(bar, button) {
  const said = await askText(button.dataset.question, button.dataset.asks);
  if (said === null) return;
  bar.elements.said.value = said;
  bar.append(el('input', { type: 'hidden', name: 'action', value: button.value }));
  bar.submit();
}
root.addEventListener('submit', e => {
  if (!e.submitter?.dataset.asks) return;
  e.preventDefault();
  say(e.target, e.submitter);
});

// ---- many at once are asked about: there is no way back but record by record ------------------------------------------
root.addEventListener('click', e => {
  const button = e.target.closest('[data-set]');
  if (!button) return;
  const bar = button.form;
  const all = bar.elements.all.value === 'true';
  const some = chosen().length;
  if (!all && some < 2) delete button.dataset.confirm;
  else button.dataset.confirm = all && !bar.dataset.many ? t('Change “{0}” of everything that matches?', button.dataset.set) : t('Change “{0}” of {1} records?', button.dataset.set, all ? bar.dataset.many : digits(some));
});

// ---- choosing rows ------------------------------------------------------------------------------------------------
const boxes = () => $$('tbody .row-check input');
const chosen = () => boxes().filter(b => b.checked).map(b => b.closest('tr').dataset.id);
function count() {
  const bar = $('[data-bulk]');
  if (!bar) return;
  const ids = chosen();
  const all = bar.elements.all.value === 'true';
  bar.hidden = ids.length === 0 && !all;
  bar.elements.ids.value = ids.join(',');
  $('[data-count]', bar).textContent = all ? bar.dataset.many ? t('Everything that matches is chosen: {0}', bar.dataset.many) : t('Everything that matches is chosen') : t('{0} chosen', digits(ids.length));
  const head = $('[data-check-all]');
  head.checked = ids.length > 0 && ids.length === boxes().length;
  head.indeterminate = ids.length > 0 && !head.checked;
}
// «All that match» reach beyond this page: how many they are is said before anything is done to them.
async function countAll(bar) {
  try {
    const { text } = await json(`/lists/${key}/count?${bar.elements.query.value}`);
    if (bar.elements.all.value !== 'true') return;
    bar.dataset.many = text;
    count();
  } catch { /* Without the number it works as well. */ }
}
let last = null;
root.addEventListener('change', e => {
  if (e.target.matches('[data-check-all]')) for (const b of boxes()) b.checked = e.target.checked;
  if (!e.target.matches('.row-check input')) return;
  const bar = $('[data-bulk]');
  bar.elements.all.value = 'false';
  count();
});
root.addEventListener('click', e => {
  const box = e.target.closest('tbody .row-check input');
  if (!box) return;
  // Shift chooses everything between.
  const all = boxes();
  if (e.shiftKey && last && all.includes(last)) {
    const [a, b] = [all.indexOf(last), all.indexOf(box)].sort((x, y) => x - y);
    for (const between of all.slice(a, b + 1)) between.checked = box.checked;
    count();
  }
  last = box;
});
root.addEventListener('click', e => {
  const bar = e.target.closest('[data-bulk]');
  if (!bar) return;
  if (e.target.closest('[data-all]')) { bar.elements.all.value = 'true'; for (const b of boxes()) b.checked = true; count(); countAll(bar); }
  if (e.target.closest('[data-none]')) { bar.elements.all.value = 'false'; for (const b of boxes()) b.checked = false; count(); }
  const go = e.target.closest('[data-bulk-go]');
  if (go) location.href = `${go.dataset.bulkGo}?${bar.elements.all.value === 'true' ? bar.elements.query.value + '&list=true' : chosen().map(id => 'ids=' + id).join('&')}`;
});
root.addEventListener('change', async e => {
  if (!e.target.matches('[data-bulk-field]')) return;
  const place = $('[data-bulk-value]');
  place.replaceChildren();
  if (!e.target.value) return;
  try {
    const field = (await fields()).find(f => f.key === e.target.value);
    place.append(await input(field, 'value'), el('button', { class: 'btn btn-sm btn-primary', name: 'action', value: 'set', 'data-set': field.title }, t('Apply')));
    dress(place);
  } catch { failed(); }
});

// ---- fields and their choices ---------------------------------------------------------------------------------------
let known = null;
const fields = () => known ??= json(`/lists/${key}/fields`);
const lists = {};
const choices = field => lists[field.key] ??= json(`/lists/${key}/choices?field=${encodeURIComponent(field.key)}`);
async function dress(part) {
  if (part.querySelector('[data-lookup]')) (await import(document.body.dataset.lookup)).enhance(part);
  window.crm.ready?.(part);
}
/** The input that a field's value is given by. */
async function input(field, name, values = [], several = false) {
  if (field.lookup || field.choices) {
    const select = el('select', { class: 'form-select form-select-sm', name, 'aria-label': field.title, multiple: several || field.kind === 'Choices', 'data-lookup': several || field.kind === 'Choices' || Boolean(field.lookup), 'data-lookup-url': field.lookup ?? null });
    select.id = `c${Math.random().toString(36).slice(2)}`;
    if (!select.multiple) select.append(el('option', { value: '' }, '—'));
    if (field.choices) {
      for (const c of await choices(field)) select.append(el('option', { value: c.value, selected: values.includes(c.value) }, c.text));
    } else {
      for (const v of values) select.append(el('option', { value: v, selected: true }, v));
    }
    return select;
  }
  if (field.kind === 'YesNo') {
    return el('select', { class: 'form-select form-select-sm', name, 'aria-label': field.title }, el('option', { value: 'true' }, t('Yes')), el('option', { value: 'false' }, t('No')));
  }
  if (field.kind === 'LongText') return Object.assign(el('textarea', { class: 'form-control', rows: 3, name, 'aria-label': field.title, dir: 'auto' }), { value: values[0] ?? '' });
  // A moment that is set has its hour too; asked for is its day.
  if (field.kind === 'Date' || (field.kind === 'Moment' && name === '')) return window.crmDates.field({ value: values[0], label: field.title, attributes: { class: 'form-control form-control-sm', name } }).whole;
  return el('input', {
    class: 'form-control form-control-sm', name, value: values[0] ?? '', 'aria-label': field.title, autocomplete: 'off',
    dir: ['Number', 'Money', 'Moment', 'Time', 'Phone', 'Formula'].includes(field.kind) ? 'ltr' : 'auto',
    inputmode: ['Number', 'Money', 'Formula', 'Moment'].includes(field.kind) ? 'decimal' : null, placeholder: field.example ?? null,
  });
}

// ---- conditions --------------------------------------------------------------------------------------------------
// As it stands in the address: status.is(a,b);(city.is(1)|name.has('x')).
const quote = v => /^[\p{L}\p{N}\-_.:]+$/u.test(v) ? v : `'${v.replaceAll("'", "''")}'`;
const write = (item, outer) => item.items
  ? (outer ? '' : '(') + item.items.map(i => write(i)).join(item.any ? '|' : ';') + (outer ? '' : ')')
  : `${item.field}.${item.op}(${item.values.map(quote).join(',')})`;

async function build(place) {
  const all = await fields();
  const first = all.find(f => f.offered)?.key;
  const filter = place.closest('form').elements.filter;
  const tree = filter.value ? await json(`/lists/${key}/tree?filter=${encodeURIComponent(filter.value)}`) : { any: false, items: [] };

  async function condition(c) {
    const row = el('div', { class: 'condition' });
    // What is not offered any more but stands in a stored condition stays in it until it is changed.
    const offered = all.filter(f => f.offered || f.key === c.field);
    const which = el('select', { class: 'form-select form-select-sm', 'aria-label': t('Field') }, ...offered.map(f => el('option', { value: f.key, selected: f.key === c.field }, f.title)));
    const how = el('select', { class: 'form-select form-select-sm', 'aria-label': t('Comparison') });
    const what = el('span', { class: 'condition-values' });
    row.append(which, how, what, el('button', { type: 'button', class: 'btn-icon', title: t('Take this condition out'), onclick: () => row.remove() }, '×'));
    const field = () => all.find(f => f.key === which.value) ?? offered[0];
    const values = async kept => {
      const op = field().ops.find(o => o.key === how.value);
      what.replaceChildren();
      if (op.values === 0) return;
      const typed = !field().choices && !field().lookup;
      if (op.values === 2) what.append(await input(field(), '', [kept[0]]), await input(field(), '', [kept[1]]));
      else if (['past', 'next', 'older'].includes(op.key)) what.append(el('input', { class: 'form-control form-control-sm', value: kept[0] ?? '30', inputmode: 'numeric', dir: 'ltr', 'aria-label': t('Days') }));
      else what.append(await input(field(), '', kept, op.values > 2 && !typed));
      await dress(what);
    };
    const operators = op => how.replaceChildren(...field().ops.map(o => el('option', { value: o.key, selected: o.key === op }, o.title)));
    which.addEventListener('change', e => { e.stopPropagation(); operators(); values([]); });
    how.addEventListener('change', e => { e.stopPropagation(); values([]); });
    what.addEventListener('change', e => e.stopPropagation());
    operators(c.op);
    await values(c.values ?? []);
    row.read = () => {
      const parts = [...what.querySelectorAll('select, input:not(.ts-control input), textarea')].filter(i => !i.closest('.ts-wrapper') || i.tagName === 'SELECT')
        .flatMap(i => i.multiple ? [...i.selectedOptions].map(o => o.value) : [i.matches('[data-date]') ? window.crmDates.kept(i.value) : i.value.trim()]);
      const op = field().ops.find(o => o.key === how.value);
      if (op.values > 0 && parts.filter(Boolean).length === 0) return null;
      return { field: which.value, op: how.value, values: op.values === 0 ? [] : parts };
    };
    return row;
  }

  async function group(g, outer) {
    const box = el('div', { class: outer ? 'condition-group' : 'condition-group condition-inner' });
    const any = el('select', { class: 'form-select form-select-sm', 'aria-label': t('How the conditions hold together') }, el('option', { value: 'false' }, t('all of these')), el('option', { value: 'true', selected: g.any }, t('one of these')));
    any.addEventListener('change', e => e.stopPropagation());
    const list = el('div', { class: 'condition-list' });
    for (const i of g.items) list.append(i.items ? await group(i) : await condition(i));
    const add = el('button', { type: 'button', class: 'btn btn-sm', onclick: async () => { list.append(await condition({ field: first })); } }, '+ ' + t('Condition'));
    const inner = outer ? el('button', { type: 'button', class: 'btn btn-sm', onclick: async () => { list.append(await group({ any: true, items: [{ field: first }] })); } }, '+ ' + t('Group of conditions')) : null;
    box.append(el('label', { class: 'list-field' }, t('Holds'), any), list, el('div', { class: 'row-buttons' }, ...[add, inner, outer ? null : el('button', { type: 'button', class: 'btn btn-sm', onclick: () => box.remove() }, t('Take the group out'))].filter(Boolean)));
    box.read = () => {
      const items = [...list.children].map(c => c.read()).filter(Boolean);
      return items.length ? { any: any.value === 'true', items } : null;
    };
    return box;
  }

  const top = await group(tree, true);
  place.append(top);
  place.hidden = false;
  place.closest('form').addEventListener('submit', () => {
    const read = top.read();
    filter.value = read ? write(read, true) : '';
  }, true);
}

// ---- panels ---------------------------------------------------------------------------------------------------------
async function prepare(part) {
  const place = part.querySelector('[data-conditions]');
  if (place && !place.firstElementChild.nextElementSibling) {
    try { await build(place); } catch { failed(); }
  }
  const sortable = part.querySelector('[data-sortable]');
  if (sortable) {
    for (const [name, move] of [['up', li => li.previousElementSibling?.before(li)], ['down', li => li.nextElementSibling?.after(li)]]) {
      sortable.addEventListener('click', e => {
        const b = e.target.closest(`[data-${name}]`);
        if (!b) return;
        move(b.closest('li'));
        b.focus();
      });
    }
  }
}
// A filter is applied by its button; the search box alone asks while one types.
$('#list-panel').addEventListener('change', e => e.stopPropagation());

// ---- changing in place ------------------------------------------------------------------------------------------------
const editable = cell => {
  const field = cell.closest('table').tHead?.rows[0].cells[cell.cellIndex]?.dataset.field;
  return field && cell.closest('tbody') ? field : null;
};
async function edit(cell) {
  const field = editable(cell);
  if (!field || cell.dataset.editing) return;
  const row = cell.parentElement;
  const kept = [...cell.childNodes];
  cell.dataset.editing = true;
  const back = () => { cell.replaceChildren(...kept); delete cell.dataset.editing; };
  try {
    const spec = (await fields()).find(f => f.key === field);
    const now = await json(`/lists/${key}/${row.dataset.id}/value?field=${encodeURIComponent(field)}`);
    const whole = await input(spec, 'value', now.values);
    const control = whole.matches('.date-field') ? whole.querySelector('input') : whole;
    if (now.texts) for (const o of control.options ?? []) o.textContent = now.texts[o.value] ?? o.textContent;
    const form = el('form', { class: 'cell-form' }, whole, el('button', { class: 'btn btn-sm btn-primary', title: t('Save') }, '✓'), el('button', { type: 'button', class: 'btn btn-sm', title: t('Cancel'), onclick: back }, '×'), el('small', { class: 'field-error', role: 'alert' }));
    form.addEventListener('keydown', e => { if (e.code === 'Escape') { e.stopPropagation(); back(); cell.tabIndex = -1; cell.focus(); } });
    form.addEventListener('submit', async e => {
      e.preventDefault();
      const data = new URLSearchParams([['field', field], ['version', now.version ?? '']]);
      for (const v of control.multiple ? [...control.selectedOptions].map(o => o.value) : [control.value]) data.append('value', v);
      const response = await fetch(`/lists/${key}/${row.dataset.id}/value`, { method: 'POST', body: data, headers: { RequestVerificationToken: document.querySelector('#shell-form input[name=__RequestVerificationToken]').value, Accept: 'application/json' } });
      if (response.ok) {
        delete cell.dataset.editing;
        cell.innerHTML = (await response.json()).html;
        toast('success', t('Saved.'));
      } else {
        const problem = await response.json().catch(() => null);
        form.querySelector('.field-error').textContent = Object.values(problem?.errors ?? {}).flat()[0] ?? problem?.detail ?? problem?.title ?? t('The page could not be loaded. Try again.');
      }
    });
    cell.replaceChildren(form);
    await dress(form);
    (form.querySelector('.ts-control input') ?? control).focus();
  } catch {
    back();
    failed();
  }
}
root.addEventListener('dblclick', e => { const cell = e.target.closest('tbody td'); if (cell) edit(cell); });
root.addEventListener('mouseover', e => {
  const cell = e.target.closest('tbody td');
  if (!cell || cell.querySelector('.cell-edit') || cell.dataset.editing || !editable(cell)) return;
  cell.append(el('button', { type: 'button', class: 'cell-edit', title: t('Change'), 'aria-label': t('Change'), onclick: () => { cell.querySelector('.cell-edit')?.remove(); edit(cell); } }, '✎'));
});
root.addEventListener('mouseout', e => {
  const cell = e.target.closest('tbody td');
  if (cell && !cell.contains(e.relatedTarget)) cell.querySelector('.cell-edit')?.remove();
});

prepare(root);
document.addEventListener('htmx:afterSwap', () => count());
