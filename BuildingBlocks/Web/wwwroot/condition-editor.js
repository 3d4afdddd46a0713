// Conditions by field, comparison and value, in groups: for forms, and beside the drawing of a routine. `fields` are { key, title, ops: [key], choices?: [{ value, title }], kind }; `operators` gives title and number of values by key.
// The value is { any, items } as FormCondition has it, or null for none.
// Days are typed and shown in the user's calendar and kept as 2026-04-04; where `moving` is set a day may move with today.
export function conditionEditor({ fields, operators, value, words, el, change, moving = false }) {
  const w = key => words[key] ?? key;
  const cls = base => `${base} ${base}-sm`;

  function valueInput(field, op, at, values) {
    if (['Date', 'Moment'].includes(field.kind) && !['past', 'next', 'older'].includes(op)) {
      const { whole, input } = window.crmDates.field({ value: values[at], label: w('Value'), moving, attributes: { class: cls('form-control'), 'data-value': 'day' } });
      // The field writes what was typed as the calendar has it when it is left: that is no other value.
      input.addEventListener('input', change);
      return whole;
    }
    if (field.kind === 'YesNo' || !field.choices) {
      return el('input', { class: cls('form-control'), value: values[at] ?? '', dir: 'auto', autocomplete: 'off', 'aria-label': w('Value'), 'data-value': true, oninput: change });
    }
    return el('select', { class: cls('form-select'), 'aria-label': w('Value'), 'data-value': true, onchange: change }, el('option', { value: '' }, '—'), ...field.choices.map(c => el('option', { value: c.value, selected: c.value === values[at] }, c.title)));
  }

  function condition(c) {
    const row = el('div', { class: 'condition' });
    const known = fields.find(f => f.key === c.field);
    // A field that is not there any more stays in sight until it is changed.
    const all = known || !c.field ? fields : [{ key: c.field, title: c.field, ops: [c.op], kind: 'Text' }, ...fields];
    const which = el('select', { class: cls('form-select'), 'aria-label': w('Field') }, ...all.map(f => el('option', { value: f.key, selected: f.key === c.field }, f.title)));
    const how = el('select', { class: cls('form-select'), 'aria-label': w('Comparison') });
    const what = el('span', { class: 'condition-values' });
    const field = () => all.find(f => f.key === which.value) ?? all[0];
    const values = kept => {
      const n = operators[how.value]?.values ?? 1;
      what.replaceChildren();
      if (n === 0) return;
      const count = n === 2 ? 2 : n > 2 ? Math.max(1, kept.length) : 1;
      for (let i = 0; i < count; i++) what.append(valueInput(field(), how.value, i, kept));
      if (n > 2) what.append(el('button', { type: 'button', class: 'btn-icon', title: '+', 'aria-label': `${w('Value')} +`, onclick: e => { e.currentTarget.before(valueInput(field(), how.value, 99, [])); } }, '+'));
    };
    const ops = op => how.replaceChildren(...(field()?.ops ?? []).map(o => el('option', { value: o, selected: o === op }, operators[o]?.title ?? o)));
    which.addEventListener('change', () => { ops(); values([]); change(); });
    const valueOf = i => i.dataset.value === 'day' ? window.crmDates.kept(i.value) : i.value.trim();
    how.addEventListener('change', () => { values([...what.querySelectorAll('[data-value]')].map(valueOf)); change(); });
    row.append(which, how, what, el('button', { type: 'button', class: 'btn-icon', title: w('Take this condition out'), 'aria-label': w('Take this condition out'), onclick: () => { row.remove(); change(); } }, '×'));
    ops(c.op);
    values(c.values ?? []);
    row.read = () => {
      const n = operators[how.value]?.values ?? 1;
      const given = [...what.querySelectorAll('[data-value]')].map(valueOf).filter(v => v !== '' || n === 2);
      return { field: which.value, op: how.value, values: n === 0 ? [] : given };
    };
    return row;
  }

  function group(g, outer) {
    const box = el('div', { class: outer ? 'condition-group' : 'condition-group condition-inner' });
    const any = el('select', { class: cls('form-select'), 'aria-label': w('How the conditions hold together'), onchange: () => change() }, el('option', { value: 'false' }, w('all of these')), el('option', { value: 'true', selected: g.any }, w('one of these')));
    const list = el('div', { class: 'condition-list' });
    for (const i of g.items ?? []) list.append(i.items ? group(i) : condition(i));
    const first = () => ({ field: fields[0]?.key, op: fields[0]?.ops[0], values: [] });
    const add = el('button', { type: 'button', class: 'btn btn-sm', onclick: () => { list.append(condition(first())); change(); } }, '+ ' + w('Condition'));
    const inner = outer ? el('button', { type: 'button', class: 'btn btn-sm', onclick: () => { list.append(group({ any: true, items: [first()] })); change(); } }, '+ ' + w('Group of conditions')) : null;
    const out = outer ? null : el('button', { type: 'button', class: 'btn btn-sm', onclick: () => { box.remove(); change(); } }, w('Take the group out'));
    box.append(el('label', { class: 'condition-any' }, w('Holds'), ' ', any), list, el('div', { class: 'row-buttons' }, ...[add, inner, out].filter(Boolean)));
    box.read = () => {
      const items = [...list.children].map(c => c.read()).filter(Boolean);
      return items.length ? { any: any.value === 'true', items } : null;
    };
    return box;
  }

  if (!fields.length) return Object.assign(el('p', { class: 'form-hint' }, '—'), { read: () => value ?? null });
  return group(value ?? { any: false, items: [] }, true);
}
