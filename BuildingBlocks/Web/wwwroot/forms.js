// Designed forms while they are filled: what is shown, demanded and closed follows the conditions as one types; tables get rows; signatures are drawn. The rules themselves are in forms-logic.js, and the server decides again.
import { settle, number, round, day } from './forms-logic.js';

const { latin, digits } = window.crm;
const jalali = document.body.dataset.calendar === 'jalali';
const language = document.documentElement.lang;

// ---- dates as they are typed: both calendars, told apart by the year --------------------------------------------------
const persian = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', { year: 'numeric', month: 'numeric', day: 'numeric', timeZone: 'UTC' });
function toJalali(n) {
  const p = {};
  for (const part of persian.formatToParts(new Date(n * 86400000))) p[part.type] = parseInt(part.value, 10);
  return [p.year, p.month, p.day];
}
const iso = n => new Date(n * 86400000).toISOString().slice(0, 10);
function readDay(text) {
  const m = latin(text).trim().match(/^(\d{2,4})[/\-.](\d{1,2})[/\-.](\d{1,2})$/);
  if (!m) return null;
  let [y, mo, d] = m.slice(1).map(Number);
  if (y < 100) y += jalali ? (y < 50 ? 1400 : 1300) : (y < 50 ? 2000 : 1900);
  if (y >= 1200 && y < 1600) {
    const near = Math.floor(Date.UTC(y + 621, 2, 21) / 86400000) + (mo <= 7 ? (mo - 1) * 31 : 186 + (mo - 7) * 30) + d - 1;
    for (const n of [near, near - 1, near + 1]) if (String(toJalali(n)) === String([y, mo, d])) return iso(n);
    return null;
  }
  const whole = `${String(y).padStart(4, '0')}-${String(mo).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
  return day(whole) === null ? null : whole;
}
function readTime(text) {
  const m = latin(text ?? '').trim().replace(/[.٫]/g, ':').match(/^(\d{1,2}):?(\d{2})?$/);
  return m && +m[1] < 24 && +(m[2] ?? 0) < 60 ? `${m[1].padStart(2, '0')}:${m[2] ?? '00'}` : null;
}
// The moment of a wall clock in a zone: the offset of that moment is asked until it fits.
function moment(dayText, time, zone) {
  const wanted = Date.parse(`${dayText}T${time}:00Z`);
  let at = wanted;
  for (let i = 0; i < 3; i++) {
    const p = {};
    for (const part of new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn-hc-h23', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' }).formatToParts(new Date(at))) p[part.type] = Number(part.value);
    const off = wanted - Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute);
    if (off === 0) break;
    at += off;
  }
  return new Date(at).toISOString().replace('.000', '');
}

const show = (n, decimals) => {
  if (n === null || n === undefined) return '—';
  const [whole, part] = String(round(Math.abs(n), decimals ?? 10)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === 'fa' ? '٬' : ',');
  return digits((n < 0 ? '-' : '') + grouped + (part ? (language === 'fa' ? '٫' : '.') + part : ''));
};

/** Makes the forms within an element alive; used by pages and by the designer's preview. */
export function enhance(root) {
  for (const sheet of root.querySelectorAll('[data-form-sheet]')) if (!sheet.dataset.alive) live(sheet);
}

function live(sheet) {
  sheet.dataset.alive = 'true';
  const rules = JSON.parse(sheet.dataset.rules);
  const began = JSON.parse(sheet.dataset.began);
  const context = JSON.parse(sheet.dataset.context);
  const zone = sheet.dataset.zone;
  const at = { today: day(sheet.dataset.today), zone };
  const place = name => sheet.querySelector(`[data-answer="${CSS.escape(name)}"]`);
  const places = new Map(rules.fields.map(f => [f.name, place(f.name)]));

  // ---- what stands in the inputs, as values ------------------------------------------------------------------------
  const inputs = (box, end = '') => box ? [...box.querySelectorAll('input[name], select[name], textarea[name]')].filter(i => i.name.endsWith(end + ']')) : [];
  function one(kind, text) {
    text = (text ?? '').trim();
    if (text === '') return null;
    switch (kind) {
      case 'Number': case 'Money': case 'Rating': return number(text);
      case 'Date': return readDay(text);
      case 'Time': return readTime(text);
      default: return text;
    }
  }
  function read(f) {
    const box = places.get(f.name);
    if (!box) return null;
    switch (f.kind) {
      case 'YesNo': {
        const all = inputs(box);
        if (f.look === 'buttons') { const on = all.find(i => i.checked); return on ? on.value === 'true' : null; }
        return all.some(i => i.checked);
      }
      case 'Choice': case 'Rating': {
        const select = box.querySelector('select');
        const text = select ? select.value : inputs(box).find(i => i.checked)?.value;
        return one(f.kind, text);
      }
      case 'MultiChoice': {
        const select = box.querySelector('select');
        const all = select ? [...select.selectedOptions].map(o => o.value) : inputs(box).filter(i => i.checked).map(i => i.value);
        return all.length ? all : null;
      }
      case 'Moment': {
        const d = readDay(inputs(box, '.date')[0]?.value ?? ''), c = readTime(inputs(box, '.time')[0]?.value);
        return d && c ? moment(d, c, zone) : null;
      }
      case 'Files': case 'Picture': case 'Signature': {
        const gone = inputs(box).filter(i => i.type === 'checkbox' && i.checked).length;
        const kept = inputs(box).filter(i => i.type === 'hidden' && i.value && !('signatureValue' in i.dataset)).length;
        const fresh = [...box.querySelectorAll('input[type=file]')].some(i => i.files.length > 0) || Boolean(box.querySelector('[data-signature-value]')?.value);
        return kept > gone || fresh ? [{ name: 'x' }] : null;
      }
      case 'Table': {
        const rows = [...box.querySelectorAll('tbody tr[data-line]')].map(tr => {
          const row = {};
          let any = false;
          for (const c of f.columns ?? []) {
            const input = tr.querySelector(`[name$=".${CSS.escape(c.name)}]"]`);
            if (!input) continue;
            if (c.kind === 'YesNo') { row[c.name] = input.checked; any ||= input.checked; continue; }
            const v = one(c.kind, input.value);
            if (v !== null) row[c.name] = v;
            any ||= input.value.trim() !== '';
          }
          return [any, row, tr];
        });
        return rows.some(([any]) => any) ? rows.filter(([any]) => any).map(([, row, tr]) => Object.defineProperty(row, 'tr', { value: tr, enumerable: false })) : null;
      }
      default: return one(f.kind, inputs(box)[0]?.value ?? box.querySelector('select')?.value);
    }
  }
  const readAll = () => Object.fromEntries(rules.fields.filter(f => f.kind !== 'Note' && f.kind !== 'Computed').map(f => [f.name, read(f)]));

  // ---- and the form after them ----------------------------------------------------------------------------------------
  let closed = new Set();
  function look() {
    const values = readAll();
    const s = settle(rules, values, began, context, at);
    for (const f of rules.fields) {
      const box = places.get(f.name);
      if (!box) continue;
      box.hidden = s.hidden.has(f.name);
      const star = box.querySelector('.required');
      if (star && !star.closest('th')) star.hidden = !s.required.has(f.name);
      const nowClosed = s.closed.has(f.name);
      if (nowClosed !== closed.has(f.name)) close(f, box, nowClosed);
      if (f.kind === 'Computed') { const o = box.querySelector('output'); if (o) o.textContent = show(s.values[f.name], f.decimals); }
      if (f.kind === 'Table') {
        const live = [...box.querySelectorAll('tbody tr[data-line]')];
        for (const tr of live) for (const o of tr.querySelectorAll('[data-computed]')) o.textContent = '—';
        (values[f.name] ?? []).forEach((row, i) => {
          for (const o of row.tr.querySelectorAll('[data-computed]')) o.textContent = show(s.values[f.name]?.[i]?.[o.dataset.computed], f.columns.find(c => c.name === o.dataset.computed)?.decimals);
        });
      }
    }
    closed = s.closed;
    sheet.querySelectorAll('[data-part]').forEach(part => { part.hidden = s.hiddenSections.has(Number(part.dataset.part)); });
  }
  // A field that closes goes back to what it began with: that is what is kept.
  const first = new Map();
  for (const f of rules.fields) for (const i of inputs(places.get(f.name))) first.set(i, i.type === 'checkbox' || i.type === 'radio' ? i.checked : i.value);
  function close(f, box, shut) {
    for (const i of inputs(box)) {
      if (i.type === 'hidden') continue;
      if (shut && first.has(i)) { if (typeof first.get(i) === 'boolean') i.checked = first.get(i); else i.value = first.get(i); }
      if ('readOnly' in i && i.type !== 'checkbox' && i.type !== 'radio') i.readOnly = shut; else i.disabled = shut;
      if (i.tomselect) shut ? i.tomselect.disable() : i.tomselect.enable();
    }
  }

  // ---- rows of tables ---------------------------------------------------------------------------------------------------
  function addLine(name, wanted) {
    const table = sheet.querySelector(`[data-lines="${CSS.escape(name)}"]`);
    const template = sheet.querySelector(`template[data-line-template="${CSS.escape(name)}"]`);
    if (!table || !template) return null;
    const rows = [...table.tBodies[0].querySelectorAll('tr[data-line]')];
    if (rows.length >= (number(table.dataset.most) ?? 200)) return null;
    const n = wanted ?? Math.max(-1, ...rows.map(r => Number(r.dataset.line))) + 1;
    const part = template.content.cloneNode(true);
    for (const e of part.querySelectorAll('*')) for (const a of ['name', 'id', 'data-line', 'aria-describedby', 'data-texts-for']) if (e.getAttribute(a)?.includes('__n__')) e.setAttribute(a, e.getAttribute(a).replace('__n__', n));
    const row = part.querySelector('tr');
    table.tBodies[0].append(part);
    row.querySelectorAll('[data-line-remove]').forEach(b => { b.hidden = false; });
    return row;
  }
  sheet.querySelectorAll('[data-line-add], tbody [data-line-remove]').forEach(b => { b.hidden = false; });
  sheet.addEventListener('click', e => {
    const add = e.target.closest('[data-line-add]');
    if (add) { addLine(add.dataset.lineAdd)?.querySelector('input, select, textarea')?.focus(); look(); }
    const remove = e.target.closest('[data-line-remove]');
    if (remove) {
      const row = remove.closest('tr');
      const body = row.parentElement;
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      if (!body.querySelector('tr')) addLine(body.closest('[data-lines]').dataset.lines);
      (next?.querySelector('input, select, textarea') ?? sheet.querySelector('[data-line-add]'))?.focus();
      sheet.dispatchEvent(new Event('input', { bubbles: true }));
      look();
    }
  });
  // Enter in the last row goes on in a new one, as in a spreadsheet.
  sheet.addEventListener('keydown', e => {
    const row = e.target.closest?.('tr[data-line]');
    if (!row || e.key !== 'Enter' || e.ctrlKey || e.target.tagName === 'TEXTAREA' || e.target.tagName === 'BUTTON') return;
    e.preventDefault();
    const table = row.closest('[data-lines]');
    (row.nextElementSibling ?? addLine(table.dataset.lines))?.querySelector('input, select, textarea')?.focus();
  });

  // ---- signatures ----------------------------------------------------------------------------------------------------------
  for (const box of sheet.querySelectorAll('[data-signature]')) {
    box.hidden = false;
    const canvas = box.querySelector('canvas'), value = box.querySelector('[data-signature-value]');
    const pen = canvas.getContext('2d');
    Object.assign(pen, { lineWidth: 2.5, lineCap: 'round', lineJoin: 'round', strokeStyle: '#111' });
    let drawing = false;
    const spot = e => { const r = canvas.getBoundingClientRect(); return [(e.clientX - r.left) * canvas.width / r.width, (e.clientY - r.top) * canvas.height / r.height]; };
    canvas.addEventListener('pointerdown', e => {
      if (e.button) return;
      drawing = true;
      canvas.setPointerCapture(e.pointerId);
      const [x, y] = spot(e);
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(x + .1, y);
      pen.stroke();
      e.preventDefault();
    });
    canvas.addEventListener('pointermove', e => { if (drawing) { pen.lineTo(...spot(e)); pen.stroke(); } });
    const lift = () => {
      if (!drawing) return;
      drawing = false;
      value.value = canvas.toDataURL('image/png');
      value.dispatchEvent(new Event('input', { bubbles: true }));
      look();
    };
    canvas.addEventListener('pointerup', lift);
    canvas.addEventListener('pointercancel', lift);
    box.querySelector('[data-signature-clear]').addEventListener('click', () => {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      value.value = '';
      look();
    });
  }

  // ---- what was typed before the session ended: the rows it needs were not there when it was given back --------------------
  const draft = window.crm.draft;
  if (draft && draft.form === sheet.closest('form')) {
    for (const [name, value, checked] of draft.fields) {
      const m = /\[([^\].]+)\.(\d+)\.[^\].]+\]$/.exec(name);
      if (!m || !name.startsWith(sheet.dataset.formSheet)) continue;
      let input = [...draft.form.elements].find(i => i.name === name);
      if (!input && addLine(m[1], m[2])) input = [...draft.form.elements].find(i => i.name === name);
      if (!input) continue;
      if (typeof checked === 'boolean') input.checked = checked;
      else input.value = Array.isArray(value) ? value[0]?.[0] ?? '' : value;
    }
  }

  sheet.addEventListener('input', look);
  sheet.addEventListener('change', look);
  look();
}

enhance(document);
