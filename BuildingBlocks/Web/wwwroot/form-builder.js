// Designing a form: what there is to ask on one side, the form in the middle, properties of the chosen field on the other, a preview below. The design is one JSON text in a field of the page's own form; what is undone is an older text.
import { conditionEditor } from './condition-editor.js';

const { el, digits, post } = window.crm;
const root = document.querySelector('[data-form-designer]');
const box = document.getElementById(root.dataset.formDesigner);
const catalog = JSON.parse(root.dataset.catalog);
const words = JSON.parse(root.dataset.words);
const problems = JSON.parse(root.dataset.problems);
const t = (key, ...args) => (words[key] ?? key).replace(/\{(\d)\}/g, (_, i) => args[i] ?? '');
const kinds = new Map(catalog.kinds.map(k => [k.kind, k]));
const persianPage = document.documentElement.lang === 'fa';

// ---- the design -------------------------------------------------------------------------------------------------------
const parse = text => {
  const read = text.trim() ? JSON.parse(text) : {};
  const design = Array.isArray(read) ? { sections: [{ columns: 2, fields: read }] } : { sections: read.sections ?? [] };
  if (!design.sections.length) design.sections.push({ columns: 2, fields: [] });
  for (const s of design.sections) { s.columns ??= 2; s.fields ??= []; for (const f of s.fields) f.kind ??= 'Text'; }
  return design;
};
let design;
try { design = parse(box.value); } catch { design = parse(''); }
let chosen = null; // { s, f } or { s }
const undone = [], done = [];
let last = JSON.stringify(design);

const both = text => text == null ? { fa: '', en: '' } : typeof text === 'string' ? { fa: text, en: '' } : { fa: text.fa ?? '', en: text.en ?? '' };
const shown = text => { const b = both(text); return persianPage ? b.fa || b.en : b.en || b.fa; };
const join = (fa, en) => !fa && !en ? undefined : !en || en === fa ? fa : { fa, en };
const clean = o => { for (const [k, v] of Object.entries(o)) if (v === undefined || v === null || v === '' || v === false) delete o[k]; return o; };
const allFields = () => design.sections.flatMap(s => s.fields);

/** After a change: the text is written, the form is dirty, the step can be undone. */
function commit({ panel = false } = {}) {
  const now = JSON.stringify(design);
  if (now !== last) {
    done.push(last);
    if (done.length > 100) done.shift();
    undone.length = 0;
    last = now;
    write();
  }
  canvas();
  if (panel) properties();
  bar();
}
function write() {
  box.value = last;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  soon();
}
function step(from, to) {
  if (!from.length) return;
  to.push(last);
  last = from.pop();
  design = JSON.parse(last);
  if (chosen && !design.sections[chosen.s]?.fields[chosen.f]) chosen = null;
  write();
  canvas();
  properties();
  bar();
}
const freeName = base => { const used = new Set(allFields().map(f => f.name)); let n = 1; while (used.has(base + n)) n++; return base + n; };

// ---- frame ----------------------------------------------------------------------------------------------------------------
const palette = el('div', { class: 'designer-palette', role: 'group', 'aria-label': t('Add a field') });
const tools = el('div', { class: 'designer-tools' });
const middle = el('div', { class: 'designer-canvas', 'aria-label': t('Sections and fields') });
const side = el('div', { class: 'designer-side' });
const view = el('section', { class: 'designer-preview' });
root.append(el('div', { class: 'designer' }, palette, el('div', { class: 'designer-main' }, tools, middle), side), view);
box.hidden = true;
root.querySelector(`label[for="${box.id}"]`).hidden = true;

for (const k of catalog.kinds) {
  const button = el('button', { type: 'button', class: 'designer-kind', 'data-kind': k.kind, onclick: () => add(k.kind) });
  button.innerHTML = k.icon;
  button.append(el('span', {}, k.title));
  palette.append(button);
}
const firstChoices = () => ['1', '2'].map(n => t('Choice {0}', digits(n)));
function make(kind) {
  const field = { name: freeName('f'), kind, label: kinds.get(kind).title };
  if (kind === 'Choice' || kind === 'MultiChoice') field.choices = firstChoices();
  if (kind === 'Rating') field.max = '5';
  if (kind === 'Computed') field.formula = '0';
  if (kind === 'LongText' || kind === 'Table' || kind === 'Note') field.wide = true;
  if (kind === 'Table') field.columns = [{ name: 'c1', kind: 'Text', label: kinds.get('Text').title }, { name: 'c2', kind: 'Number', label: kinds.get('Number').title }];
  if (kind === 'CustomerField') { field.of = catalog.customer[0]?.key; delete field.label; }
  if (kind === 'Record') field.of = catalog.records[0]?.key;
  return field;
}
function add(kind, s = chosen?.s ?? design.sections.length - 1, f = chosen?.f === undefined || chosen?.s !== s ? design.sections[s].fields.length : chosen.f + 1) {
  design.sections[s].fields.splice(f, 0, make(kind));
  chosen = { s, f };
  commit({ panel: true });
  side.querySelector('input, textarea, select')?.focus();
}

function bar() {
  tools.replaceChildren(
    el('button', { type: 'button', class: 'btn btn-sm', disabled: !done.length, onclick: () => step(done, undone) }, '↶ ' + t('Undo')),
    el('button', { type: 'button', class: 'btn btn-sm', disabled: !undone.length, onclick: () => step(undone, done) }, '↷ ' + t('Redo')),
    el('button', { type: 'button', class: 'btn btn-sm', onclick: () => { design.sections.push({ columns: 2, fields: [] }); chosen = { s: design.sections.length - 1 }; commit({ panel: true }); } }, '+ ' + t('Add a section')),
    problems.length ? el('span', { class: 'designer-problems', role: 'status' }, t('{0} problems', digits(problems.length))) : '');
}
document.addEventListener('keydown', e => {
  if (!(e.ctrlKey || e.metaKey) || !['KeyZ', 'KeyY'].includes(e.code) || e.target.matches('input, textarea, select')) return;
  e.preventDefault();
  if (e.code === 'KeyY' || e.shiftKey) step(undone, done); else step(done, undone);
});

// ---- the form in the middle ---------------------------------------------------------------------------------------------
const wrong = (s, f) => problems.filter(p => p.place.startsWith(f === undefined ? `sections[${s}].shownWhen` : `sections[${s}].fields[${f}].`));
const iconButton = (label, sign, act, disabled = false) => {
  const button = el('button', { type: 'button', class: 'btn-icon', title: label, 'aria-label': label, disabled, onclick: e => { e.stopPropagation(); act(); } });
  button.innerHTML = catalog.icons[{ '↑': 'up', '↓': 'down', '⧉': 'copy', '×': 'trash' }[sign]];
  return button;
};

function canvas() {
  const focused = document.activeElement?.dataset?.focus;
  middle.replaceChildren(...design.sections.map(section));
  if (allFields().length === 0) middle.append(el('p', { class: 'designer-empty' }, t('The form is empty. Choose what it asks for.')));
  if (focused) middle.querySelector(`[data-focus="${focused}"]`)?.focus();
  sortable();
}
function section(section, s) {
  const list = el('ol', { class: `designer-fields designer-columns-${section.columns}`, 'data-section': s });
  section.fields.forEach((field, f) => list.append(card(field, s, f)));
  const here = chosen?.s === s && chosen.f === undefined;
  const head = el('div', { class: 'designer-section-head' },
    el('button', { type: 'button', class: 'designer-section-title', 'data-focus': `s${s}`, 'aria-pressed': String(here), onclick: () => { chosen = { s }; canvas(); properties(); } }, shown(section.title) || `${t('Section')} ${digits(s + 1)}`),
    section.shownWhen ? el('small', {}, t('Conditions')) : null,
    iconButton(`${t('Up')}: ${t('Section')}`, '↑', () => move(s, s - 1), s === 0), iconButton(`${t('Down')}: ${t('Section')}`, '↓', () => move(s, s + 1), s === design.sections.length - 1),
    iconButton(`${t('Duplicate')}: ${t('Section')}`, '⧉', () => { const copy = structuredClone(section); design.sections.splice(s + 1, 0, copy); for (const f of copy.fields) f.name = freeName('f'); commit(); }),
    iconButton(`${t('Delete')}: ${t('Section')}`, '×', () => { design.sections.splice(s, 1); if (!design.sections.length) design.sections.push({ columns: 2, fields: [] }); chosen = null; commit({ panel: true }); }));
  return el('section', { class: `designer-section${here ? ' designer-chosen' : ''}${wrong(s).length ? ' designer-wrong' : ''}` }, head, list);
}
function move(from, to) {
  const [one] = design.sections.splice(from, 1);
  design.sections.splice(to, 0, one);
  chosen = { s: to };
  commit({ panel: true });
}
function card(field, s, f) {
  const here = chosen?.s === s && chosen.f === f;
  const says = wrong(s, f);
  const title = shown(field.label) || (field.kind === 'CustomerField' ? catalog.customer.find(c => c.key === field.of)?.title : '') || field.name;
  const main = el('button', { type: 'button', class: 'designer-field-main', 'data-focus': `${s}.${f}`, 'aria-pressed': String(here), onclick: () => { chosen = { s, f }; canvas(); properties(); } });
  main.innerHTML = kinds.get(field.kind)?.icon ?? '';
  main.append(el('span', { class: 'designer-field-title', dir: 'auto' }, title), el('small', {}, [kinds.get(field.kind)?.title, field.required ? t('Required') : null, field.shownWhen || field.requiredWhen || field.readOnlyWhen ? t('Conditions') : null].filter(Boolean).join(' · ')));
  return el('li', { class: `designer-field${here ? ' designer-chosen' : ''}${says.length ? ' designer-wrong' : ''}${field.wide ? ' designer-wide' : ''}`, 'data-field': f },
    el('span', { class: 'designer-grip', title: t('Drag to move'), 'aria-hidden': 'true' }, '⠿'), main,
    el('span', { class: 'designer-field-tools' },
      iconButton(`${t('Up')}: ${title}`, '↑', () => shift(s, f, -1), s === 0 && f === 0),
      iconButton(`${t('Down')}: ${title}`, '↓', () => shift(s, f, 1), s === design.sections.length - 1 && f === design.sections[s].fields.length - 1),
      iconButton(`${t('Duplicate')}: ${title}`, '⧉', () => { const copy = structuredClone(field); copy.name = freeName('f'); design.sections[s].fields.splice(f + 1, 0, copy); chosen = { s, f: f + 1 }; commit({ panel: true }); }),
      iconButton(`${t('Delete')}: ${title}`, '×', () => { design.sections[s].fields.splice(f, 1); chosen = null; commit({ panel: true }); })),
    says.length ? el('p', { class: 'designer-says' }, says.map(p => p.text).join(' ')) : null);
}
// Up from the first place of a section is the end of the one above.
function shift(s, f, by) {
  const fields = design.sections[s].fields;
  const to = f + by;
  if (to >= 0 && to < fields.length) { [fields[f], fields[to]] = [fields[to], fields[f]]; chosen = { s, f: to }; }
  else {
    const other = design.sections[s + by];
    if (!other) return;
    const [one] = fields.splice(f, 1);
    const at = by < 0 ? other.fields.length : 0;
    other.fields.splice(at, 0, one);
    chosen = { s: s + by, f: at };
  }
  commit({ panel: true });
  middle.querySelector(`[data-focus="${chosen.s}.${chosen.f}"]`)?.focus();
}
let sorting = null;
function sortable() {
  if (!window.Sortable) {
    sorting ??= new Promise(ready => document.head.append(Object.assign(document.createElement('script'), { src: root.dataset.sortable, onload: ready }))).then(() => sortable());
    return;
  }
  for (const list of middle.querySelectorAll('.designer-fields')) {
    window.Sortable.create(list, {
      group: 'fields', animation: 120, handle: '.designer-grip', draggable: '.designer-field',
      onEnd(e) {
        const from = Number(e.from.dataset.section), to = Number(e.to.dataset.section);
        const [one] = design.sections[from].fields.splice(e.oldDraggableIndex, 1);
        if (!one) return;
        design.sections[to].fields.splice(e.newDraggableIndex, 0, one);
        chosen = { s: to, f: e.newDraggableIndex };
        commit({ panel: true });
      },
    });
  }
}

// ---- properties ------------------------------------------------------------------------------------------------------------
let ids = 0;
function labelled(label, input, hint) {
  input.id ||= `d${++ids}`;
  return el('div', { class: 'field' }, el('label', { class: 'form-label', for: input.id }, label), input, hint ? el('div', { class: 'form-hint' }, hint) : null);
}
// Typing changes the design; the panel itself stays as it is, so that the caret does.
function textOf(label, value, set, { rows, hint, dir = 'auto', mode } = {}) {
  const input = rows ? el('textarea', { class: 'form-control', rows, dir, spellcheck: dir === 'ltr' ? 'false' : null }) : el('input', { class: 'form-control', dir, inputmode: mode ?? null, autocomplete: 'off' });
  input.value = value ?? '';
  input.addEventListener('input', () => { set(input.value.trim() === '' ? undefined : input.value); commit(); });
  return labelled(label, input, hint);
}
function textPair(fa, en, value, set, options) {
  const now = both(value);
  return [textOf(fa, now.fa, v => { now.fa = v ?? ''; set(join(now.fa, now.en)); }, options), textOf(en, now.en, v => { now.en = v ?? ''; set(join(now.fa, now.en)); }, options)];
}
function checkOf(label, value, set, hint) {
  const id = `d${++ids}`;
  return el('div', { class: 'field' }, el('label', { class: 'form-check' }, el('input', { type: 'checkbox', class: 'form-check-input', id, checked: Boolean(value), onchange: e => { set(e.target.checked || undefined); commit(); } }), el('span', { class: 'form-check-label' }, label)), hint ? el('div', { class: 'form-hint' }, hint) : null);
}
// A day as the designer's own calendar has it; kept as 2026-04-04, or as one that moves with today.
function dayOf(label, value, set, hint) {
  const { whole, input } = window.crmDates.field({ value: value ?? '', label, moving: true, attributes: { class: 'form-control' } });
  input.addEventListener('input', () => { set(window.crmDates.kept(input.value) || undefined); commit(); });
  input.id = `d${++ids}`;
  return el('div', { class: 'field' }, el('label', { class: 'form-label', for: input.id }, label), whole, hint ? el('div', { class: 'form-hint' }, hint) : null);
}
function selectOf(label, value, options, set, redraw = false) {
  const select = el('select', { class: 'form-select' }, ...options.map(([v, text]) => el('option', { value: v, selected: v === (value ?? '') }, text)));
  select.addEventListener('change', () => { set(select.value || undefined); commit({ panel: redraw }); });
  return labelled(label, select);
}
const conditionFields = except => [
  ...allFields().filter(f => f !== except && f.kind !== 'Note').map(f => ({
    key: f.name, title: shown(f.label) || f.name, kind: f.kind, ops: kinds.get(f.kind)?.ops ?? [],
    choices: f.kind === 'Choice' || f.kind === 'MultiChoice' ? (f.choices ?? []).map(c => typeof c === 'string' ? { value: c, title: c } : { value: c.value, title: shown(c.label) || c.value }) : null,
  })).filter(f => f.ops.length),
  ...catalog.data.map(d => ({ key: d.path, title: d.title, kind: 'Data', ops: catalog.dataOps })),
];
function when(label, otherwise, value, set, field) {
  const otherwiseSaid = el('small', {}, value ? '' : otherwise);
  const details = el('details', { class: 'designer-when', open: Boolean(value) }, el('summary', {}, label, ' ', otherwiseSaid));
  const editor = conditionEditor({ fields: conditionFields(field), operators: catalog.operators, value, words, el, moving: true, change: () => { const now = editor.read(); otherwiseSaid.textContent = now ? '' : otherwise; set(now ?? undefined); commit(); } });
  details.append(editor);
  return details;
}
function choicesOf(field) {
  const lines = (field.choices ?? []).map(c => typeof c === 'string' ? c : (b => [c.value, b.fa === c.value && !b.en ? null : b.fa, b.en || null].filter(x => x !== null).join(' | '))(both(c.label))).join('\n');
  return textOf(t('Choices, one a line'), lines, v => {
    field.choices = (v ?? '').split('\n').map(line => line.trim()).filter(Boolean).map(line => {
      const [key, fa, en] = line.split('|').map(p => p.trim());
      return fa || en ? { value: key, label: join(fa || key, en) ?? key } : key;
    });
  }, { rows: 6, hint: t('key | Persian | English; the key alone is enough') });
}
function defaultOf(field) {
  const now = field.default ?? '';
  const mode = now === '' ? '' : now.startsWith('=today') ? 'today' : now === '=now' ? 'now' : now === '=me' ? 'me' : now.startsWith('=') ? 'data' : 'fixed';
  const options = [['', t('Nothing')], ['fixed', t('A fixed value')], ['data', t('Data of the job or customer')]];
  if (field.kind === 'Date') options.push(['today', t('Today')]);
  if (field.kind === 'Moment' || field.kind === 'Time') options.push(['now', t('Now')]);
  if (field.kind === 'User') options.push(['me', t('Who fills it')]);
  const parts = [selectOf(t('Initial value'), mode, options, v => { field.default = { today: '=today', now: '=now', me: '=me', data: `=${catalog.data[0]?.path ?? 'customer.name'}`, fixed: ' ' }[v] ?? undefined; }, true)];
  if (mode === 'fixed' && field.kind === 'Date') parts.push(dayOf(t('Value'), now.trim(), v => { field.default = v ?? ' '; }));
  else if (mode === 'fixed') parts.push(textOf(t('Value'), now.trim(), v => { field.default = v ?? ' '; }));
  if (mode === 'data') parts.push(selectOf(t('Data of the job or customer'), now.slice(1), [...catalog.data.map(d => [d.path, d.title]), ...(catalog.data.some(d => d.path === now.slice(1)) ? [] : [[now.slice(1), now.slice(1)]])], v => { field.default = '=' + v; }));
  if (mode === 'today') parts.push(textOf(t('Days from today'), now.slice(6) || '0', v => { const n = parseInt(v ?? '0', 10) || 0; field.default = n ? `=today${n > 0 ? '+' : ''}${n}` : '=today'; }, { dir: 'ltr', mode: 'numeric' }));
  return parts;
}
function columnsOf(field) {
  const list = el('div', { class: 'designer-cells' });
  field.columns ??= [];
  field.columns.forEach((c, i) => {
    const cell = el('fieldset', { class: 'designer-cell' }, el('legend', { class: 'visually-hidden' }, digits(i + 1)),
      ...textPair(t('Title in Persian'), t('Title in English'), c.label, v => { c.label = v; }),
      textOf(t('Name in expressions'), c.name, v => { c.name = v ?? ''; }, { dir: 'ltr' }),
      selectOf(t('Kind'), c.kind, catalog.kinds.filter(k => k.cell).map(k => [k.kind, k.title]), v => { c.kind = v; if (v === 'Choice') c.choices ??= firstChoices(); }, true),
      c.kind === 'Choice' ? choicesOf(c) : null,
      c.kind === 'Computed' ? textOf(t('Formula'), c.formula, v => { c.formula = v; }, { dir: 'ltr' }) : checkOf(t('Must be answered'), c.required, v => { c.required = v; }),
      ['Number', 'Computed'].includes(c.kind) ? textOf(t('Decimal places'), c.decimals, v => { c.decimals = v === undefined ? undefined : parseInt(v, 10) || 0; }, { dir: 'ltr', mode: 'numeric' }) : null,
      el('div', { class: 'row-buttons' },
        iconButton(t('Up'), '↑', () => { [field.columns[i - 1], field.columns[i]] = [c, field.columns[i - 1]]; commit({ panel: true }); }, i === 0),
        iconButton(t('Down'), '↓', () => { [field.columns[i + 1], field.columns[i]] = [c, field.columns[i + 1]]; commit({ panel: true }); }, i === field.columns.length - 1),
        iconButton(t('Delete'), '×', () => { field.columns.splice(i, 1); commit({ panel: true }); })));
    list.append(cell);
  });
  list.append(el('button', { type: 'button', class: 'btn btn-sm', onclick: () => { let n = 1; while (field.columns.some(c => c.name === 'c' + n)) n++; field.columns.push({ name: 'c' + n, kind: 'Text', label: kinds.get('Text').title }); commit({ panel: true }); } }, '+ ' + t('Add a column')));
  return el('div', { class: 'field' }, el('div', { class: 'form-label' }, t('Columns of the table')), list);
}

function properties() {
  if (!chosen || !design.sections[chosen.s]) { side.replaceChildren(el('p', { class: 'text-secondary' }, t('Choose a field to see its properties.'))); return; }
  const s = design.sections[chosen.s];
  if (chosen.f === undefined) {
    side.replaceChildren(el('h3', {}, t('Section')), ...textPair(t('Heading in Persian'), t('Heading in English'), s.title, v => { s.title = v; }),
      selectOf(t('Columns'), String(s.columns), [['1', digits(1)], ['2', digits(2)], ['3', digits(3)]], v => { s.columns = Number(v); }),
      when(t('Shown when'), t('Always'), s.shownWhen, v => { s.shownWhen = v; }, null));
    return;
  }
  const f = s.fields[chosen.f];
  const k = f.kind;
  const says = wrong(chosen.s, chosen.f);
  const asked = !['Note', 'Computed'].includes(k);
  const parts = [el('h3', {}, kinds.get(k)?.title ?? k)];
  if (says.length) parts.push(el('div', { class: 'alert alert-danger', role: 'alert' }, says.map(p => p.text).join(' ')));
  parts.push(...textPair(t(k === 'Note' ? 'Text in Persian' : 'Question in Persian'), t(k === 'Note' ? 'Text in English' : 'Question in English'), f.label, v => { f.label = v ?? ''; }, k === 'Note' ? { rows: 4 } : undefined));
  parts.push(textOf(t('Name in expressions'), f.name, v => { f.name = v?.trim() ?? ''; }, { dir: 'ltr', hint: t('Left empty, it gets one.') }));
  if (asked) parts.push(checkOf(t('Must be answered'), f.required, v => { f.required = v; }));
  if (k === 'Choice' || k === 'MultiChoice') parts.push(choicesOf(f), selectOf(t('Looks like'), f.look, [['', t('One below the other')], ['list', t('List')], ['buttons', t('Buttons')]], v => { f.look = v; }));
  if (k === 'YesNo') parts.push(selectOf(t('Looks like'), f.look, [['', t('Check box')], ['buttons', t('Buttons')]], v => { f.look = v; }));
  if (k === 'Record') parts.push(selectOf(t('Kind of record'), f.of, catalog.records.map(r => [r.key, r.title]), v => { f.of = v; }));
  if (k === 'CustomerField') parts.push(selectOf(t('Field of the customer'), f.of, catalog.customer.map(c => [c.key, c.title]), v => { f.of = v; }, true), catalog.customer.find(c => c.key === f.of)?.editable ? checkOf(t('The answer changes the customer'), f.writes, v => { f.writes = v; }) : el('p', { class: 'form-hint' }, t('Only what lists can change is written back.')));
  if (k === 'Table') parts.push(columnsOf(f), textOf(t('Number of rows at least'), f.min, v => { f.min = v; }, { dir: 'ltr', mode: 'numeric' }), textOf(t('Number of rows at most'), f.max, v => { f.max = v; }, { dir: 'ltr', mode: 'numeric' }));
  if (k === 'Computed') parts.push(textOf(t('Formula'), f.formula, v => { f.formula = v; }, { rows: 2, dir: 'ltr', hint: t('Fields by name, + − * /, parentheses, min, max, round, abs; sum(table.column), avg, count. Dates count in days.') }));
  if (k === 'Rating') parts.push(textOf(t('Steps from'), f.min, v => { f.min = v; }, { dir: 'ltr', mode: 'numeric' }), textOf(t('Steps to'), f.max, v => { f.max = v; }, { dir: 'ltr', mode: 'numeric' }));
  if (['Number', 'Money', 'MultiChoice', 'Files'].includes(k)) parts.push(textOf(t('At least'), f.min, v => { f.min = v; }, { dir: 'ltr', mode: 'decimal' }), textOf(t('At most'), f.max, v => { f.max = v; }, { dir: 'ltr', mode: 'decimal' }));
  if (['Date', 'Moment'].includes(k)) parts.push(dayOf(t('First day'), f.min, v => { f.min = v; }, t('A day, or one that moves: today, today+7, today-30')), dayOf(t('Last day'), f.max, v => { f.max = v; }));
  if (['Number', 'Computed'].includes(k)) parts.push(textOf(t('Decimal places'), f.decimals, v => { f.decimals = v === undefined ? undefined : parseInt(v, 10) || 0; }, { dir: 'ltr', mode: 'numeric' }), ...textPair(t('Unit in Persian'), t('Unit in English'), f.unit, v => { f.unit = v; }));
  if (['Text', 'LongText'].includes(k)) {
    const number = (label, key) => textOf(label, f[key], v => { f[key] = v === undefined ? undefined : parseInt(v, 10) || undefined; }, { dir: 'ltr', mode: 'numeric' });
    parts.push(el('details', { class: 'designer-when', open: Boolean(f.check || f.pattern || f.minLength || f.maxLength) }, el('summary', {}, t('Checks')),
      k === 'Text' ? selectOf(t('Checker'), f.check, [['', t('No checker')], ...catalog.checks.map(c => [c.key, c.title])], v => { f.check = v; }) : null,
      number(t('Fewest characters'), 'minLength'), number(t('Most characters'), 'maxLength'),
      textOf(t('Pattern'), f.pattern, v => { f.pattern = v; }, { dir: 'ltr', hint: t('A regular expression for the whole text') }), ...textPair(t('Message in Persian'), t('Message in English'), f.patternMessage, v => { f.patternMessage = v; })));
  }
  if (k !== 'Note') parts.push(...textPair(t('Help in Persian'), t('Help in English'), f.help, v => { f.help = v; }));
  if (asked && !['Table', 'Files', 'Picture', 'Signature', 'CustomerField'].includes(k)) parts.push(...defaultOf(f));
  parts.push(checkOf(t('Over all columns'), f.wide, v => { f.wide = v; }));
  parts.push(when(t('Shown when'), t('Always'), f.shownWhen, v => { f.shownWhen = v; }, f));
  if (asked) parts.push(when(t('Must be answered when'), t('Never'), f.requiredWhen, v => { f.requiredWhen = v; }, f), when(t('Read-only when'), t('Never'), f.readOnlyWhen, v => { f.readOnlyWhen = v; }, f));
  side.replaceChildren(...parts.filter(Boolean));
}

// ---- preview: made by the server as people will see it, in either language, as wide as a desk or a telephone -------------------
let language = persianPage ? 'fa' : 'en', phone = false, timer = null, asked = 0;
const stage = el('div', { class: 'designer-stage' });
function previewBar() {
  const button = (text, on, act) => el('button', { type: 'button', class: `btn btn-sm${on ? ' active' : ''}`, 'aria-pressed': String(on), onclick: () => { act(); previewBar(); preview(); } }, text);
  view.replaceChildren(el('div', { class: 'designer-preview-bar' }, el('h3', {}, t('Preview')), button(t('Persian'), language === 'fa', () => { language = 'fa'; }), button(t('English'), language === 'en', () => { language = 'en'; }),
    button(t('Desktop'), !phone, () => { phone = false; }), button(t('Phone'), phone, () => { phone = true; })), stage);
}
function soon() { clearTimeout(timer); timer = setTimeout(preview, 500); }
async function preview() {
  const mine = ++asked;
  try {
    const answer = await post(root.dataset.preview, { design: last, language });
    const html = await answer.text();
    if (mine !== asked) return;
    if (!answer.ok) { stage.textContent = html; return; }
    const page = el('div', { class: `designer-page${phone ? ' designer-phone' : ''}`, lang: language, dir: language === 'fa' ? 'rtl' : 'ltr' });
    page.innerHTML = html;
    stage.replaceChildren(page);
    // Nothing of the preview is part of the form around it.
    for (const i of page.querySelectorAll('input, select, textarea, button')) i.setAttribute('form', 'designer-nothing');
    const { enhance } = await import(root.dataset.forms);
    enhance(page);
  } catch {
    if (mine === asked) stage.textContent = t('The preview could not be made.');
  }
}
view.append(el('form', { id: 'designer-nothing', hidden: true }));

if (problems.length) {
  const m = /^sections\[(\d+)\](?:\.fields\[(\d+)\])?/.exec(problems.find(p => p.place)?.place ?? '');
  if (m) chosen = m[2] === undefined ? { s: Number(m[1]) } : { s: Number(m[1]), f: Number(m[2]) };
}
canvas();
properties();
bar();
previewBar();
preview();
