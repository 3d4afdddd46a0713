// The score of a supplier while points are chosen: the same sum as the server's.
const { digits } = window.crm;
const sum = document.querySelector('[data-score-sum]');
const rows = [...document.querySelectorAll('[data-weight]')];
function show() {
  let [got, most] = [0, 0];
  for (const row of rows) {
    const points = Number(row.querySelector('select[name$="Points"]').value);
    if (points) { got += points * Number(row.dataset.weight); most += Number(sum.dataset.best) * Number(row.dataset.weight); }
  }
  sum.hidden = most === 0;
  if (most) sum.querySelector('output').textContent = digits(String(Math.round(1000 * got / most) / 10).replace('.', document.documentElement.lang === 'fa' ? '٫' : '.'));
}
document.querySelector('[data-score]')?.addEventListener('change', show);
if (sum) show();
