// A long drawing opens where the job stands.
const show = () => {
  for (const drawing of document.querySelectorAll('.drawing')) {
    const here = drawing.querySelector('.drawing-here, .drawing-failed') ?? [...drawing.querySelectorAll('.drawing-done')].at(-1);
    if (!here) continue;
    const box = here.getBoundingClientRect();
    const frame = drawing.getBoundingClientRect();
    drawing.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
    drawing.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
  }
};
// A drawing larger than its frame can be looked at as a whole.
let whole = false;
const fit = () => {
  for (const button of document.querySelectorAll('[data-drawing-fit]')) {
    const drawing = button.closest('.panel').querySelector('.drawing');
    drawing.classList.toggle('drawing-fit', whole);
    button.hidden = !whole && drawing.scrollWidth <= drawing.clientWidth && drawing.scrollHeight <= drawing.clientHeight;
    button.setAttribute('aria-pressed', whole);
  }
  if (!whole) show();
};
document.addEventListener('click', e => {
  if (!e.target.closest('[data-drawing-fit]')) return;
  whole = !whole;
  fit();
});
fit();
document.addEventListener('htmx:afterSwap', fit);
