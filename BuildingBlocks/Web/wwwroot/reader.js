// A card reader types as a keyboard does, only faster than any hand: digits one after the other and Enter. On whatever page that happens, outside of fields or in the search box, the
// customer of the card is opened. Physical keys count, so that it works on a Persian layout too.
const fastest = 60;
const shortest = 6;
let typed = '';
let last = 0;
document.addEventListener('keydown', e => {
  if (e.isComposing || e.ctrlKey || e.metaKey || e.altKey) { typed = ''; return; }
  const now = performance.now();
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(e.code)?.[1];
  if (digit !== undefined) {
    typed = now - last < fastest ? typed + digit : digit;
    last = now;
    return;
  }
  const read = typed;
  const fast = now - last < fastest;
  if (e.key === 'Shift') return;
  typed = '';
  if (e.code !== 'Enter' && e.code !== 'NumpadEnter' || !fast || read.length < shortest) return;
  const field = e.target.closest?.('input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable], .ts-control');
  if (field && field.id !== 'search' || document.querySelector('dialog[open]')) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  if (field) field.value = '';
  location.assign(`/contacts/card?number=${read}`);
}, true);
