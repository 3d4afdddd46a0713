// Date fields: typed as one likes, or picked from a calendar by mouse or keys, Jalali or Gregorian. Dates are counted by Julian day number.
const { words = {}, months, days, firstDay = 1, language = 'en' } = window.crmWords ?? {};
const jalali = document.body.dataset.calendar === 'jalali';
const t = key => words[key] ?? key;
const digits = text => language === 'fa' ? String(text).replace(/\d/g, d => '۰۱۲۳۴۵۶۷۸۹'[d]) : String(text);
const latin = text => text.replace(/[۰-۹]/g, d => '۰۱۲۳۴۵۶۷۸۹'.indexOf(d)).replace(/[٠-٩]/g, d => '٠١٢٣٤٥٦٧٨٩'.indexOf(d));

const fromGregorian = (y, m, d) => Math.floor(Date.UTC(y, m - 1, d) / 86400000) + 2440588;
const toGregorian = n => { const d = new Date((n - 2440588) * 86400000); return [d.getUTCFullYear(), d.getUTCMonth() + 1, d.getUTCDate()]; };

// The browser's own Persian calendar is the judge: the first of Farvardin of a year is looked up once and kept.
const persian = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', { year: 'numeric', month: 'numeric', day: 'numeric', timeZone: 'UTC' });
function toJalali(n) {
  const parts = {};
  for (const p of persian.formatToParts(new Date((n - 2440588) * 86400000))) parts[p.type] = parseInt(p.value, 10);
  return [parts.year, parts.month, parts.day];
}
const starts = new Map();
function yearStart(y) {
  if (!starts.has(y)) {
    let n = fromGregorian(y + 621, 3, 19);
    while (toJalali(n)[0] < y) n++;
    starts.set(y, n);
  }
  return starts.get(y);
}
const beforeMonth = m => m <= 7 ? (m - 1) * 31 : 186 + (m - 7) * 30;
const calendar = jalali
  ? { parts: toJalali, day: (y, m, d) => yearStart(y) + beforeMonth(m) + d - 1, length: (y, m) => (m < 12 ? beforeMonth(m + 1) : yearStart(y + 1) - yearStart(y)) - beforeMonth(m), names: months?.jalali ?? [], write: (y, m, d) => `${y}/${two(m)}/${two(d)}` }
  : { parts: toGregorian, day: fromGregorian, length: (y, m) => new Date(Date.UTC(y, m, 0)).getUTCDate(), names: months?.gregorian ?? [], write: (y, m, d) => `${y}-${two(m)}-${two(d)}` };
const two = n => String(n).padStart(2, '0');
const today = () => { const d = new Date(); return fromGregorian(d.getFullYear(), d.getMonth() + 1, d.getDate()); };

/** Day number of what was typed, in either calendar; null when it is no date. */
function read(text) {
  const m = latin(text).trim().match(/^(\d{2,4})[/\-.](\d{1,2})[/\-.](\d{1,2})$/);
  if (!m) return null;
  let [y, mo, d] = m.slice(1).map(Number);
  if (y < 100) y += jalali ? (y < 50 ? 1400 : 1300) : (y < 50 ? 2000 : 1900);
  if (mo < 1 || mo > 12 || d < 1) return null;
  if (y >= 1200 && y < 1600) return d <= (mo < 7 ? 31 : 30) && toJalali(yearStart(y) + beforeMonth(mo) + d - 1)[1] === mo ? yearStart(y) + beforeMonth(mo) + d - 1 : null;
  if (y >= 1700 && y < 2500) return d <= new Date(Date.UTC(y, mo, 0)).getUTCDate() ? fromGregorian(y, mo, d) : null;
  return null;
}
const write = n => digits(calendar.write(...calendar.parts(n)));

// Conditions keep their days as 2026-04-04, or as a day that moves with today (today+7); people see and type them as any other date.
const moved = new RegExp(`^(?:today|${t('Today')})\\s*(?:([+\\-−])\\s*(\\d{1,6}))?$`, 'i');
const keep = n => { const [y, m, d] = toGregorian(n); return `${y}-${two(m)}-${two(d)}`; };
function shown(kept = '') {
  const [, sign, by] = /^today(?:([+-])(\d+))?$/.exec(kept) ?? [];
  if (by || kept === 'today') return t('Today').toLowerCase() + (by ? `${sign}${digits(by)}` : '');
  const n = read(kept);
  return n === null ? kept : write(n);
}
function kept(typed) {
  const m = moved.exec(latin(typed).trim());
  if (m) return 'today' + (m[2] ? (m[1] === '+' ? '+' : '-') + parseInt(m[2], 10) : '');
  const n = read(typed);
  return n === null ? typed.trim() : keep(n);
}
/** A date field of a script's own: takes what is kept, and reads what is to be kept. */
function field({ value, label, moving, attributes = {} }) {
  const input = make('input', null, { type: 'text', inputmode: moving ? 'text' : 'numeric', dir: 'ltr', autocomplete: 'off', 'data-date': '', 'aria-label': label, placeholder: write(fromGregorian(2026, 4, 4)) + (moving ? ` · ${shown('today+7')}` : ''), ...attributes });
  input.value = shown(value);
  const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [k, v] of Object.entries({ viewBox: '0 0 24 24', width: 18, height: 18, fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', class: 'icon', 'aria-hidden': 'true' })) icon.setAttribute(k, v);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', 'M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM16 3v4M8 3v4M4 11h16');
  icon.append(path);
  const whole = make('span', null, { class: 'date-field' }, input, make('button', null, { type: 'button', class: 'date-open', 'data-date-open': '', 'aria-haspopup': 'dialog', 'aria-label': t('Choose a date') }, icon));
  return { whole, input };
}
window.crmDates = { field, kept, shown };
const weekday = n => (n + 1) % 7; // 0 = Sunday

let open = null;
function close(focus) {
  if (!open) return;
  open.box.remove();
  open.button.setAttribute('aria-expanded', 'false');
  const { button } = open;
  open = null;
  if (focus) button.focus();
}
function show(button) {
  const input = button.parentElement.querySelector('[data-date]');
  close();
  const box = document.createElement('div');
  box.className = 'calendar';
  box.setAttribute('role', 'dialog');
  box.setAttribute('aria-label', t('Choose a date'));
  open = { box, button, input, chosen: read(input.value), at: read(input.value) ?? today() };
  // A dialog lies over everything that is not in it.
  (button.closest('dialog') ?? document.body).append(box);
  button.setAttribute('aria-expanded', 'true');
  draw();
  const field = button.parentElement.getBoundingClientRect();
  const height = box.offsetHeight;
  const below = field.bottom + height + 8 < innerHeight || field.top < height;
  const dialog = button.closest('dialog'), around = dialog?.getBoundingClientRect();
  const [right, down] = dialog ? [dialog.scrollLeft - around.left - dialog.clientLeft, dialog.scrollTop - around.top - dialog.clientTop] : [0, scrollY];
  box.style.top = `${down + (below ? field.bottom + 4 : field.top - height - 4)}px`;
  const left = document.dir === 'rtl' ? field.left : field.right - box.offsetWidth;
  box.style.left = `${right + Math.max(8, Math.min(left, document.documentElement.clientWidth - box.offsetWidth - 8))}px`;
  // Only where it stands by now: a day that is focused before lies at the end of the page, and the page would be scrolled there.
  box.querySelector(`[data-n="${open.at}"]`)?.focus({ preventScroll: true });
}
function pick(n) {
  const { input } = open;
  input.value = n === null ? '' : write(n);
  close();
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
  input.focus();
}
const make = (tag, text, attributes = {}, ...children) => {
  const e = document.createElement(tag);
  if (text !== null) e.textContent = text;
  for (const [k, v] of Object.entries(attributes)) if (typeof v === 'function') e.addEventListener(k, v); else e.setAttribute(k, v);
  e.append(...children);
  return e;
};
function draw(focus) {
  const [y, m] = calendar.parts(open.at);
  const first = calendar.day(y, m, 1);
  const length = calendar.length(y, m);
  const rtl = document.dir === 'rtl';
  const step = by => () => { move(by); };
  const head = make('div', null, { class: 'calendar-head' },
    make('button', rtl ? '›' : '‹', { type: 'button', class: 'btn-icon', 'aria-label': t('Previous month'), click: step(-1) }),
    make('strong', `${calendar.names[m - 1]} ${digits(y)}`, { 'aria-live': 'polite', id: 'calendar-title' }),
    make('button', rtl ? '‹' : '›', { type: 'button', class: 'btn-icon', 'aria-label': t('Next month'), click: step(1) }));
  const row = make('tr', null);
  for (let i = 0; i < 7; i++) {
    const d = days[(firstDay + i) % 7];
    row.append(make('th', d.letters, { scope: 'col', abbr: d.name, 'aria-label': d.name }));
  }
  const body = make('tbody', null);
  const lead = (weekday(first) - firstDay + 7) % 7;
  for (let cell = -lead; cell < length;) {
    const line = make('tr', null);
    for (let i = 0; i < 7; i++, cell++) {
      const td = make('td', null);
      if (cell >= 0 && cell < length) {
        const n = first + cell;
        const b = make('button', digits(cell + 1), { type: 'button', tabindex: n === open.at ? '0' : '-1', 'data-n': n, 'aria-label': `${digits(cell + 1)} ${calendar.names[m - 1]} ${digits(y)}`, 'aria-pressed': n === open.chosen, click: () => pick(n) });
        if (n === today()) b.setAttribute('aria-current', 'date');
        td.append(b);
      }
      line.append(td);
    }
    body.append(line);
  }
  const foot = make('div', null, { class: 'calendar-foot' },
    make('button', t('Today'), { type: 'button', class: 'btn btn-sm', click: () => pick(today()) }), make('button', t('Clear'), { type: 'button', class: 'btn btn-sm', click: () => pick(null) }));
  open.box.replaceChildren(head, make('table', null, { role: 'grid', 'aria-labelledby': 'calendar-title' }, make('thead', null, {}, row), body), foot);
  if (focus) open.box.querySelector(`[data-n="${open.at}"]`)?.focus();
}
function move(by, focus) {
  let [y, m, d] = calendar.parts(open.at);
  m += by;
  while (m > 12) { m -= 12; y++; }
  while (m < 1) { m += 12; y--; }
  open.at = calendar.day(y, m, Math.min(d, calendar.length(y, m)));
  draw(focus);
}

document.addEventListener('click', e => {
  const button = e.target.closest('[data-date-open]');
  if (button) { if (open?.button === button) close(true); else show(button); } else if (open && !open.box.contains(e.target) && e.target.isConnected) close();
});
document.addEventListener('focusout', e => {
  if (e.target.matches?.('[data-date]') && e.target.value) {
    const n = read(e.target.value);
    if (n !== null) e.target.value = write(n);
  }
});
document.addEventListener('keydown', e => {
  if (e.target.matches?.('[data-date]') && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
    e.preventDefault();
    if (e.altKey) { const button = e.target.parentElement.querySelector('[data-date-open]'); if (button) show(button); return; }
    const n = read(e.target.value);
    e.target.value = write(n === null ? today() : n + (e.key === 'ArrowUp' ? 1 : -1));
    e.target.dispatchEvent(new Event('input', { bubbles: true }));
    return;
  }
  if (!open?.box.contains(e.target)) { if (open && e.key === 'Escape') { e.preventDefault(); close(true); } return; }
  const rtl = document.dir === 'rtl';
  const by = { ArrowLeft: rtl ? 1 : -1, ArrowRight: rtl ? -1 : 1, ArrowUp: -7, ArrowDown: 7 }[e.key];
  const [y, m, d] = calendar.parts(open.at);
  if (by && e.target.dataset.n) { open.at += by; draw(true); }
  else if (e.key === 'PageUp' || e.key === 'PageDown') move((e.key === 'PageUp' ? -1 : 1) * (e.shiftKey ? 12 : 1), true);
  else if (e.key === 'Home') { open.at -= d - 1; draw(true); }
  else if (e.key === 'End') { open.at += calendar.length(y, m) - d; draw(true); }
  else if (e.key === 'Escape') close(true);
  else if (e.key === 'Tab') {
    // The pop-up keeps the focus until it is left by Escape or by choosing.
    const stops = [...open.box.querySelectorAll('button:not([tabindex="-1"])')];
    const at = stops.indexOf(e.target);
    stops[(at + (e.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
  } else return;
  e.preventDefault();
  e.stopPropagation();
}, true);
