// Conditions of a routine between the builder and the expression language of the engine: write() makes an expression of chosen conditions, read() makes conditions of an expression that has one of these shapes, and answers null for any other.
// The engine's own parser decides what an expression may be; a test runs what is written here through it.

const quote = text => `'${String(text).replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\r?\n/g, '\\n')}'`;
const numeric = text => /^-?\d+(\.\d+)?$/.test(String(text).trim());
const latin = text => String(text).replace(/[۰-۹]/g, d => '۰۱۲۳۴۵۶۷۸۹'.indexOf(d)).replace(/[٠-٩]/g, d => '٠١٢٣٤٥٦٧٨٩'.indexOf(d)).replace(/٫/g, '.').replace(/[٬,]/g, '').trim();
const isDay = text => /^\d{4}-\d{2}-\d{2}$/.test(String(text).trim());

// answers.price, customer.custom.floors: what lies deeper than one level may not be there.
const pathOf = key => { const [root, first, ...rest] = key.split('.'); return [root, first].filter(Boolean).join('.') + rest.map(p => `?.${p}`).join(''); };
const keyOf = path => path.replaceAll('?.', '.');

function one(c, field) {
  const p = pathOf(c.field);
  const many = field?.kind === 'MultiChoice';
  const v = c.values ?? [];
  const list = `[${v.map(quote).join(', ')}]`;
  const limit = text => isDay(text) ? quote(text) : numeric(latin(text)) ? latin(text) : null;
  const compare = sign => { const l = limit(v[0]); return l === null ? null : `(${p} != null && ${p} ${sign} ${l})`; };
  switch (c.op) {
    case 'yes': return `${p} === true`;
    case 'no': return `${p} !== true`;
    case 'filled': return many ? `(${p} ?? []).length > 0` : `!isNullOrWhiteSpace(${p})`;
    case 'empty': return many ? `(${p} ?? []).length === 0` : `isNullOrWhiteSpace(${p})`;
    case 'is': return many ? `${list}.some(x => (${p} ?? []).includes(x))` : v.length === 1 ? `${p} === ${quote(v[0])}` : `${list}.includes(${p})`;
    case 'not': return many ? `!${list}.some(x => (${p} ?? []).includes(x))` : v.length === 1 ? `${p} !== ${quote(v[0])}` : `!${list}.includes(${p})`;
    case 'all': return `${list}.every(x => (${p} ?? []).includes(x))`;
    case 'has': return `(${p} ?? '').includes(${quote(v[0] ?? '')})`;
    case 'hasnt': return `!(${p} ?? '').includes(${quote(v[0] ?? '')})`;
    case 'starts': return `(${p} ?? '').startsWith(${quote(v[0] ?? '')})`;
    case 'eq': { const l = limit(v[0]); return l === null ? null : `${p} === ${l}`; }
    case 'on': return isDay(v[0]) ? `${p} === ${quote(v[0])}` : null;
    case 'gt': case 'since': return compare('>=');
    case 'lt': case 'until': return compare('<=');
    case 'after': return compare('>');
    case 'before': return compare('<');
    case 'between': { const a = limit(v[0]), b = limit(v[1]); return a === null || b === null ? null : `(${p} != null && ${p} >= ${a} && ${p} <= ${b})`; }
    default: return null;
  }
}

/** The expression; null when a condition has no value, or there is none. */
export function write(item, fields, outer = true) {
  if (!item) return null;
  if (!item.items) return one(item, fields.find(f => f.key === item.field));
  const parts = item.items.map(i => write(i, fields, false));
  if (!parts.length || parts.includes(null)) return null;
  const text = parts.join(item.any ? ' || ' : ' && ');
  return outer || parts.length === 1 ? text : `(${text})`;
}

// ---- reading -------------------------------------------------------------------------------------------------------------
/** Cuts a text at a mark that stands outside of quotes and brackets. */
function cut(text, mark) {
  const parts = [];
  let depth = 0, quoteMark = null, from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoteMark) { if (c === '\\') i++; else if (c === quoteMark) quoteMark = null; continue; }
    if (c === "'" || c === '"' || c === '`') quoteMark = c;
    else if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) { if (--depth < 0) return null; }
    else if (depth === 0 && text.startsWith(mark, i)) { parts.push(text.slice(from, i)); i += mark.length - 1; from = i + 1; }
  }
  if (quoteMark || depth !== 0) return null;
  parts.push(text.slice(from));
  return parts.map(p => p.trim());
}
const wrapped = text => text.startsWith('(') && text.endsWith(')') && cut(text.slice(1, -1), '\u0000') !== null ? text.slice(1, -1).trim() : null;
const literal = text => {
  const m = /^'((?:[^'\\]|\\.)*)'$|^"((?:[^"\\]|\\.)*)"$/.exec(text.trim());
  return m ? (m[1] ?? m[2]).replace(/\\n/g, '\n').replace(/\\(.)/g, '$1') : null;
};
const listOf = text => { const parts = text.trim() === '' ? [] : cut(text, ','); const all = parts?.map(literal); return all && !all.includes(null) ? all : null; };
const PATH = String.raw`([\p{L}_][\p{L}\p{N}_]*(?:\??\.[\p{L}_][\p{L}\p{N}_]*)+)`;
const match = (pattern, text) => new RegExp(`^${pattern}$`, 'u').exec(text);
const limitOf = text => literal(text) ?? (numeric(text) ? text.trim() : null);

function leaf(text, fields) {
  const known = (path, op, values, kinds) => {
    const field = fields.find(f => f.key === keyOf(path));
    const ops = Array.isArray(op) ? op : [op];
    // The comparison that this kind of field has for it; of an unknown field nothing can be built.
    const fitting = field && ops.find(o => field.ops.includes(o));
    return fitting && (!kinds || kinds.includes(field.kind)) ? { field: field.key, op: fitting, values } : null;
  };
  let m;
  if ((m = match(String.raw`!isNull(?:OrWhiteSpace|OrEmpty)\(${PATH}\)`, text))) return known(m[1], 'filled', []);
  if ((m = match(String.raw`isNull(?:OrWhiteSpace|OrEmpty)\(${PATH}\)`, text))) return known(m[1], 'empty', []);
  if ((m = match(String.raw`\(${PATH} \?\? \[\]\)\.length (>|===) 0`, text))) return known(m[1], m[2] === '>' ? 'filled' : 'empty', []);
  if ((m = match(String.raw`(!?)\[([^\]]*)\]\.some\(x => \(${PATH} \?\? \[\]\)\.includes\(x\)\)`, text))) { const v = listOf(m[2]); return v && known(m[3], m[1] ? 'not' : 'is', v, ['MultiChoice']); }
  if ((m = match(String.raw`\[([^\]]*)\]\.every\(x => \(${PATH} \?\? \[\]\)\.includes\(x\)\)`, text))) { const v = listOf(m[1]); return v && known(m[2], 'all', v); }
  if ((m = match(String.raw`(!?)\[([^\]]*)\]\.includes\(${PATH}\)`, text))) { const v = listOf(m[2]); return v && known(m[3], m[1] ? 'not' : 'is', v); }
  if ((m = match(String.raw`(!?)\(${PATH} \?\? ''\)\.(includes|startsWith)\((.+)\)`, text))) { const v = literal(m[4]); return v === null || (m[1] && m[3] === 'startsWith') ? null : known(m[2], m[3] === 'startsWith' ? 'starts' : m[1] ? 'hasnt' : 'has', [v]); }
  if ((m = match(String.raw`${PATH} (===?|!==?) (true|false)`, text))) return known(m[1], (m[2][0] === '=') === (m[3] === 'true') ? 'yes' : 'no', []);
  if ((m = match(String.raw`(!?)${PATH}`, text))) return known(m[2], m[1] ? 'no' : 'yes', [], ['YesNo']);
  if ((m = match(String.raw`${PATH} != null && (.+)`, text))) {
    const rest = m[2];
    const range = match(String.raw`${PATH} >= (.+?) && ${PATH} <= (.+)`, rest);
    if (range && range[1] === m[1] && range[3] === m[1]) { const a = limitOf(range[2]), b = limitOf(range[4]); return a === null || b === null ? null : known(m[1], 'between', [a, b]); }
    const inner = cut(rest, '&&')?.length === 1 && match(String.raw`${PATH} .+`, rest);
    return inner && inner[1] === m[1] ? leaf(rest, fields) : null;
  }
  if ((m = match(String.raw`${PATH} (===?|!==?|>=|<=|>|<) (.+)`, text))) {
    const v = limitOf(m[3]);
    if (v === null) return null;
    const asText = literal(m[3]) !== null;
    if (m[2][0] === '=' && asText) return known(m[1], isDay(v) ? ['on', 'is'] : 'is', [v]);
    if (m[2][0] === '=') return known(m[1], 'eq', [v]);
    if (m[2][0] === '!') return asText ? known(m[1], 'not', [v]) : null;
    if (asText && !isDay(v)) return null;
    return known(m[1], m[2] === '>=' ? ['gt', 'since'] : m[2] === '<=' ? ['lt', 'until'] : m[2] === '>' ? 'after' : 'before', [v]);
  }
  return null;
}

/** Conditions of an expression; null when it says more than can be chosen. */
export function read(text, fields) {
  text = text.trim().replace(/^return\s+/, '').replace(/;$/, '').trim();
  if (text === '') return { any: false, items: [] };
  const item = parse(text, fields);
  return item === null ? null : item.items ? item : { any: false, items: [item] };
}
function parse(text, fields) {
  const whole = leaf(text, fields);
  if (whole) return whole;
  for (const [mark, any] of [['||', true], ['&&', false]]) {
    const parts = cut(text, mark);
    if (parts === null) return null;
    if (parts.length > 1) { const items = parts.map(p => parse(p, fields)); return items.includes(null) ? null : { any, items }; }
  }
  const inner = wrapped(text);
  return inner === null ? null : parse(inner, fields);
}
