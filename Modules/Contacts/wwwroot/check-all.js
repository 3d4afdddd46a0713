// The box in the head of a table checks and clears all rows that are shown.
const all = document.querySelector('[data-check-all]');
const boxes = () => [...document.querySelectorAll('[data-check]')];
all?.addEventListener('change', () => { for (const box of boxes()) box.checked = all.checked; });
document.addEventListener('change', e => { if (all && e.target.matches('[data-check]')) all.checked = boxes().every(b => b.checked); });
