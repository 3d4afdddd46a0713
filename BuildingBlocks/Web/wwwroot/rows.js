// «Another number», «another address»: a copy of the last empty row under the next index. Without script the form has an empty row anyway.
const count = rows => rows.querySelectorAll('[data-row]').length;
for (const rows of document.querySelectorAll('[data-rows]')) {
  const button = rows.querySelector('[data-add-row]');
  const first = count(rows) - 1;
  const last = rows.querySelectorAll('[data-row]')[first];
  const pattern = last.cloneNode(true);
  // A searching drop-down that is dressed already is taken back to the plain one.
  pattern.querySelectorAll('.ts-wrapper').forEach(e => e.remove());
  pattern.querySelectorAll('select').forEach(s => { s.classList.remove('tomselected', 'ts-hidden-accessible'); s.removeAttribute('tabindex'); s.selectedIndex = 0; });
  // A whole address that nobody asked for is long to scroll over.
  if (rows.hasAttribute('data-tall') && first > 0) last.remove();
  const add = () => {
    const index = count(rows);
    const row = pattern.cloneNode(true);
    for (const e of row.querySelectorAll('*')) {
      for (const a of ['name', 'id', 'for', 'aria-describedby']) {
        const v = e.getAttribute(a);
        if (v) e.setAttribute(a, v.replace(`[${first}]`, `[${index}]`).replace(`_${first}__`, `_${index}__`));
      }
    }
    button.before(row);
    return row;
  };
  const dress = async row => { if (row.querySelector('[data-lookup]')) (await import(document.body.dataset.lookup)).enhance(row); };
  button.hidden = false;
  button.addEventListener('click', async () => {
    const row = add();
    await dress(row);
    row.querySelector('input, select, textarea')?.focus();
  });
  // What had been typed into rows that the page does not bring along: drafts.js, which came before, has filled the others.
  const { form, fields = [] } = window.crm.draft ?? {};
  if (!form?.contains(rows)) continue;
  const there = count(rows);
  const start = rows.dataset.rows + '[';
  const mine = fields.map(([name, value]) => ({ name, value, index: name.startsWith(start) ? Number.parseInt(name.slice(start.length), 10) : -1 })).filter(f => f.index >= there);
  const typed = Math.max(-1, ...mine.filter(f => typeof f.value === 'string' && f.value).map(f => f.index));
  while (count(rows) <= typed) add();
  for (const { name, value } of mine) {
    const field = [...form.elements].find(f => f.name === name);
    if (!field) continue;
    if (!Array.isArray(value)) { field.value = value; continue; }
    for (const [v, text] of value) if (![...field.options].some(o => o.value === v)) field.add(new Option(text, v));
    for (const o of field.options) o.selected = value.some(([v]) => v === o.value);
  }
  [...rows.querySelectorAll('[data-row]')].slice(there).forEach(dress);
}
