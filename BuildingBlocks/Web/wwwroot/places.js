// Rows whose order is a number in each of them: dragged by their handle, moved by buttons, or typed. Without it the numbers do.
const { digits, latin } = window.crm;

for (const list of document.querySelectorAll('[data-places]')) {
  const number = () => [...list.children].forEach((row, i) => { row.querySelector('[data-place]').value = digits(i + 1); });
  const moved = () => { number(); list.closest('form').dispatchEvent(new Event('change', { bubbles: true })); };
  for (const button of list.querySelectorAll('[data-up], [data-down]')) button.hidden = false;
  list.addEventListener('click', e => {
    const button = e.target.closest('[data-up], [data-down]');
    if (!button) return;
    const row = button.closest('li');
    if ('up' in button.dataset) row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    moved();
    button.focus();
  });
  list.addEventListener('change', e => {
    if (!e.target.matches('[data-place]')) return;
    const row = e.target.closest('li');
    const rows = [...list.children].filter(r => r !== row);
    const to = Math.max(0, Math.min(rows.length, (parseInt(latin(e.target.value), 10) || 1) - 1));
    if (to === rows.length) list.append(row);
    else rows[to].before(row);
    number();
    e.target.focus();
  });
  if (window.Sortable) window.Sortable.create(list, { handle: '[data-handle]', animation: 120, onEnd: moved });
}
