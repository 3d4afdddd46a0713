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
show();
document.addEventListener('htmx:afterSwap', show);
