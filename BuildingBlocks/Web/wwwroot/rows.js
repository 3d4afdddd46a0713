// «Another number», «another address»: a copy of the last empty row under the next index. Without script the form has an empty row anyway.
for (const rows of document.querySelectorAll('[data-rows]')) {
  const button = rows.querySelector('[data-add-row]');
  const first = rows.querySelectorAll('[data-row]').length - 1;
  const pattern = rows.querySelectorAll('[data-row]')[first].cloneNode(true);
  // A searching drop-down that is dressed already is taken back to the plain one.
  pattern.querySelectorAll('.ts-wrapper').forEach(e => e.remove());
  pattern.querySelectorAll('select').forEach(s => { s.classList.remove('tomselected', 'ts-hidden-accessible'); s.removeAttribute('tabindex'); s.selectedIndex = 0; });
  button.hidden = false;
  button.addEventListener('click', async () => {
    const index = rows.querySelectorAll('[data-row]').length;
    const row = pattern.cloneNode(true);
    for (const e of row.querySelectorAll('*')) {
      for (const a of ['name', 'id', 'for', 'aria-describedby']) {
        const v = e.getAttribute(a);
        if (v) e.setAttribute(a, v.replace(`[${first}]`, `[${index}]`).replace(`_${first}__`, `_${index}__`));
      }
    }
    button.before(row);
    if (row.querySelector('[data-lookup]')) (await import(document.body.dataset.lookup)).enhance(row);
    row.querySelector('input, select, textarea')?.focus();
  });
}
