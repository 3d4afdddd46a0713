// What a form decides while it is filled: conditions, formulas, what is there, demanded and closed. The server decides the same (Crm.Core: FormCondition, Formula, FormSheet), and what it decides counts; a table of cases is run by both.
// Nothing in here knows of a page.

const latin = text => String(text).replace(/[۰-۹]/g, d => '۰۱۲۳۴۵۶۷۸۹'.indexOf(d)).replace(/[٠-٩]/g, d => '٠١٢٣٤٥٦٧٨٩'.indexOf(d));

/** As texts are compared: PersianText.Fold. */
export function fold(text) {
  let out = '';
  for (const raw of latin(text ?? '')) {
    const c = 'يىئ'.includes(raw) ? 'ی' : raw === 'ك' ? 'ک' : 'ةۀ'.includes(raw) ? 'ه' : 'أإآٱ'.includes(raw) ? 'ا' : raw === 'ؤ' ? 'و' : '\u00a0\t\n\r'.includes(raw) ? ' ' : raw;
    if (/[\u0640\u0621\u200b-\u200f\u064b-\u065f\u0670]/.test(c)) continue;
    if (c === ' ' && (out === '' || out.endsWith(' '))) continue;
    out += c.toLowerCase();
  }
  return out.trimEnd();
}

/** A number as people write it; null for none. */
export function number(text) {
  if (typeof text === 'number') return Number.isFinite(text) ? text : null;
  if (typeof text === 'boolean') return text ? 1 : 0;
  if (text == null || typeof text === 'object') return null;
  const plain = latin(text).replace(/٫/g, '.').replace(/[٬,\s]/g, '').replace(/−/g, '-');
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

export const isEmpty = v => v === null || v === undefined || (typeof v === 'string' && v.trim() === '') || (Array.isArray(v) ? v.length === 0 : typeof v === 'object' && Object.keys(v).length === 0);

const parts = v => v === null || v === undefined || v === '' ? [] : Array.isArray(v) ? v.flatMap(parts) : typeof v === 'object' ? (v.name ? [String(v.name)] : []) : [String(v)];

// Days are counted; a moment is the day it falls on in the zone of who fills the form.
const dayNumber = (y, m, d) => Math.floor(Date.UTC(y, m - 1, d) / 86400000);
export function day(value, zone) {
  if (typeof value !== 'string') return null;
  if (value.includes('T')) {
    const moment = new Date(value);
    if (Number.isNaN(moment.getTime())) return null;
    const p = {};
    for (const part of new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric' }).formatToParts(moment)) p[part.type] = Number(part.value);
    return dayNumber(p.year, p.month, p.day);
  }
  const m = value.match(/^(\d{4})-(\d{2})-(\d{2})$/);
  if (!m) return null;
  const n = dayNumber(+m[1], +m[2], +m[3]);
  return new Date(n * 86400000).getUTCDate() === +m[3] && +m[2] <= 12 ? n : null;
}
/** A day of the design: 2026-04-04, today, today+7. */
export function designDay(text, today) {
  if (typeof text !== 'string') return null;
  if (!text.startsWith('today')) return day(text);
  const by = text.slice(5);
  return by === '' ? today : /^[+-]?\d{1,6}$/.test(by) ? today + Number(by) : null;
}

/** Whether a condition holds. `value` answers a field or path; `at` is { today: day number, zone }. */
export function holds(item, value, at) {
  if (!item) return true;
  if (item.items) return item.items.length === 0 || (item.any ? item.items.some(i => holds(i, value, at)) : item.items.every(i => holds(i, value, at)));
  const v = value(item.field);
  const given = item.values ?? [];
  const same = (a, b) => fold(a) === fold(b);
  switch (item.op) {
    case 'filled': return !isEmpty(v);
    case 'empty': return isEmpty(v);
    case 'yes': return v === true;
    case 'no': return v !== true;
    case 'is': return parts(v).some(p => given.some(g => same(p, g)));
    case 'not': return !parts(v).some(p => given.some(g => same(p, g)));
    case 'all': return given.every(g => parts(v).some(p => same(p, g)));
    case 'has': return parts(v).some(p => given.some(g => fold(p).includes(fold(g))));
    case 'hasnt': return !parts(v).some(p => given.some(g => fold(p).includes(fold(g))));
    case 'starts': return parts(v).some(p => given.some(g => fold(p).startsWith(fold(g))));
  }
  if (isEmpty(v)) return false;
  const isDay = text => typeof text === 'string' && (text.startsWith('today') || (text.length === 10 && text[4] === '-'));
  if (['eq', 'lt', 'gt'].includes(item.op) || (item.op === 'between' && !isDay(given[0]))) {
    const n = number(v), a = number(given[0]);
    if (n === null || a === null) return false;
    const b = number(given[1]);
    return item.op === 'eq' ? n === a : item.op === 'lt' ? n <= a : item.op === 'gt' ? n >= a : b !== null && n >= a && n <= b;
  }
  const d = day(v, at.zone);
  if (d === null) return false;
  switch (item.op) {
    case 'today': return d === at.today;
    case 'yesterday': return d === at.today - 1;
    case 'tomorrow': return d === at.today + 1;
  }
  if (['past', 'next', 'older'].includes(item.op)) {
    if (!/^\d{1,6}$/.test(given[0] ?? '')) return false;
    const n = Number(given[0]);
    return item.op === 'past' ? d <= at.today && d >= at.today - n : item.op === 'next' ? d >= at.today && d <= at.today + n : d < at.today - n;
  }
  const first = designDay(given[0], at.today);
  if (first === null) return false;
  switch (item.op) {
    case 'on': return d === first;
    case 'since': return d >= first;
    case 'until': return d <= first;
    case 'before': return d < first;
    case 'after': return d > first;
    case 'between': { const last = designDay(given[1], at.today); return last !== null && d >= first && d <= last; }
    default: return false;
  }
}

// Half away from zero, by the digits that a person sees: 1.005 is 1.01.
export function round(x, places = 0) {
  if (!Number.isFinite(x)) return null;
  const size = Number(`${Number(Math.abs(x).toPrecision(15))}e${places}`);
  const n = Math.round(Number(size.toPrecision(15)));
  return (x < 0 ? -1 : 1) * Number(`${n}e-${places}`) || 0;
}

/** The result of a formula; null when a field it needs is empty, or for a division by zero. Throws for one that can't be read. */
export function evaluate(text, field, column) {
  let at = 0;
  const bad = () => new Error('This formula can\'t be read.');
  const space = () => { while (text[at] === ' ') at++; };
  const take = c => { space(); if (text[at] !== c) return false; at++; return true; };
  const need = c => { if (!take(c)) throw bad(); };
  const name = () => { space(); const m = /^[\p{L}\p{N}_.]+/u.exec(text.slice(at)); if (!m) throw bad(); at += m[0].length; return m[0]; };
  const both = (a, b, f) => a === null || b === null ? null : f(a, b);
  function sum(depth) {
    if (depth > 50) throw bad();
    let v = product(depth);
    for (;;) {
      if (take('+')) v = both(v, product(depth), (a, b) => a + b);
      else if (take('-')) v = both(v, product(depth), (a, b) => a - b);
      else return v;
    }
  }
  function product(depth) {
    let v = one(depth);
    for (;;) {
      if (take('*')) v = both(v, one(depth), (a, b) => a * b);
      else if (take('/')) v = both(v, one(depth), (a, b) => b === 0 ? null : a / b);
      else return v;
    }
  }
  function one(depth) {
    if (depth > 50) throw bad();
    if (take('-')) { const v = one(depth + 1); return v === null ? null : -v; }
    if (take('(')) { const v = sum(depth + 1); need(')'); return v; }
    space();
    const digits = /^[0-9.]+/.exec(text.slice(at));
    if (digits) {
      at += digits[0].length;
      if (!/^(\d+\.?\d*|\.\d+)$/.test(digits[0])) throw bad();
      return Number(digits[0]);
    }
    const n = name();
    return take('(') ? call(n, depth + 1) : field(n) ?? null;
  }
  function call(n, depth) {
    if (column && ['sum', 'avg', 'count'].includes(n)) {
      const cells = column(name()).filter(c => c !== null && c !== undefined);
      need(')');
      const total = cells.reduce((a, b) => a + b, 0);
      return n === 'count' ? cells.length : n === 'sum' ? total : cells.length ? total / cells.length : null;
    }
    const given = [sum(depth)];
    while (take(',')) given.push(sum(depth));
    need(')');
    if (!['min', 'max', 'abs', 'round'].includes(n)) throw bad();
    if (given.includes(null)) return null;
    if (n === 'min' || n === 'max') return Math[n](...given);
    if (n === 'abs' && given.length === 1) return Math.abs(given[0]);
    if (n === 'round' && given.length === 1) return round(given[0]);
    if (n === 'round' && given.length === 2 && given[1] >= 0 && given[1] <= 10) return round(given[0], Math.trunc(given[1]));
    throw bad();
  }
  const result = sum(0);
  space();
  if (at < text.length) throw bad();
  return result;
}

const quietly = make => { try { return make(); } catch { return null; } };
const operand = (v, zone) => typeof v === 'string' && day(v, zone) !== null ? day(v, zone) : number(v);

/**
 * How the form stands with these values: FormSheet.Settle. `rules` is { fields: [{ name, kind, section, required, requiredWhen, shownWhen, readOnlyWhen, formula, decimals, columns, gone, shownOnly }], sections: [{ shownWhen }] }.
 * Answers { hidden, closed, required, hiddenSections, values }.
 */
export function settle(rules, values, began, data, at) {
  const { fields, sections } = rules;
  const asked = f => f.kind !== 'Note' && f.kind !== 'Computed';
  const known = new Map(fields.map(f => [f.name, f]));
  const fromData = path => path.split('.').reduce((o, p) => o && typeof o === 'object' && !Array.isArray(o) ? o[p] ?? null : null, data);
  let hidden = new Set(), closed = new Set(), shown = {};
  const holdsNow = when => holds(when, path => known.has(path) ? shown[path] ?? null : fromData(path), at);
  const sameSet = (a, b) => a.size === b.size && [...a].every(x => b.has(x));
  for (let pass = 0; pass < 20; pass++) {
    shown = {};
    for (const f of fields) {
      if (!asked(f) || hidden.has(f.name)) continue;
      const v = (closed.has(f.name) || f.shownOnly ? began : values)[f.name];
      if (v !== undefined && v !== null) shown[f.name] = f.kind === 'Table' ? v.map(row => ({ ...row })) : v;
    }
    compute();
    const nextHidden = new Set(), nextClosed = new Set();
    for (const f of fields) {
      const section = sections[f.section];
      if ((section?.shownWhen && !holdsNow(section.shownWhen)) || (f.shownWhen && !holdsNow(f.shownWhen)) || f.gone) nextHidden.add(f.name);
      else if (f.readOnlyWhen && holdsNow(f.readOnlyWhen)) nextClosed.add(f.name);
    }
    if (sameSet(nextHidden, hidden) && sameSet(nextClosed, closed)) break;
    hidden = nextHidden;
    closed = nextClosed;
  }
  function compute() {
    for (const t of fields) {
      if (t.kind !== 'Table' || !shown[t.name]) continue;
      for (const row of shown[t.name]) for (const c of t.columns ?? []) {
        if (c.kind !== 'Computed' || !c.formula) continue;
        const n = rounded(c, quietly(() => evaluate(c.formula, name => operand(row[name], at.zone), () => [])));
        if (n === null) delete row[c.name]; else row[c.name] = n;
      }
    }
    const computed = fields.filter(f => f.kind === 'Computed' && f.formula && !hidden.has(f.name));
    for (let pass = 0; pass < computed.length; pass++) {
      let changed = false;
      for (const f of computed) {
        const n = rounded(f, quietly(() => evaluate(f.formula, name => operand(shown[name], at.zone), column)));
        if ((shown[f.name] ?? null) === n) continue;
        if (n === null) delete shown[f.name]; else shown[f.name] = n;
        changed = true;
      }
      if (!changed) break;
    }
  }
  function column(path) {
    const [table, cell] = path.split('.');
    const rows = shown[table];
    if (!Array.isArray(rows)) return [];
    return cell === undefined ? rows.map(() => 1) : rows.map(r => operand(r[cell], at.zone));
  }
  function rounded(f, n) {
    if (n === null || n === undefined) return null;
    n = round(n, Math.min(10, Math.max(0, f.decimals ?? 10)));
    return n !== null && Math.abs(n) <= 9e15 ? n : null;
  }
  const required = new Set(fields.filter(f => asked(f) && !hidden.has(f.name) && !closed.has(f.name) && !f.shownOnly && (f.required || (f.requiredWhen && holdsNow(f.requiredWhen)))).map(f => f.name));
  const hiddenSections = new Set(sections.map((s, i) => s.shownWhen && !holdsNow(s.shownWhen) ? i : -1).filter(i => i >= 0));
  return { hidden, closed, required, hiddenSections, values: shown };
}
