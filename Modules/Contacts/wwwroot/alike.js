// Who is known already is told beside the field while somebody types, quietly: the hint is read out when it comes, and takes the focus from nothing.
const { el, post } = window.crm;
const form = document.querySelector('form[data-form][data-alike]');
const rules = [[/\.Phones\[\d+\]\.Number$/, 'phone'], [/\.Emails\[\d+\]\.Address$/, 'email'], [/\.NationalId$/, 'nationalId'], [/\.CardNumber$/, 'cardNumber'], [/\.(FirstName|LastName|CompanyName)$/, 'name']];
const ruleOf = name => rules.find(([pattern]) => pattern.test(name))?.[1];
const value = name => form.querySelector(`[name="Command.${name}"]`)?.value.trim() ?? '';
const waiting = new Map();
const hints = new Map();
function place(input) {
  if (hints.has(input)) return hints.get(input);
  // One hint for the name, under its last part.
  const hint = el('div', { class: 'form-hint alike', 'aria-live': 'polite', role: 'status' });
  input.closest('.field').append(hint);
  hints.set(input, hint);
  return hint;
}
async function ask(input, rule) {
  const holder = rule === 'name' ? form.querySelector('[name="Command.CompanyName"], [name="Command.LastName"]') : input;
  const typed = rule === 'name' ? value('CompanyName') || `${value('FirstName')} ${value('LastName')}`.trim() : input.value.trim();
  const hint = place(holder);
  if (typed.length < 3) { hint.replaceChildren(); return; }
  const turn = hint.dataset.turn = String(Number(hint.dataset.turn ?? 0) + 1);
  const response = await post('/contacts/alike', { rule, value: typed, kind: value('Kind') || form.dataset.kind, self: form.dataset.alike, companyId: value('CompanyId'), cityId: value('Addresses[0].CityId') }).catch(() => null);
  // An answer that comes late must not overwrite a newer one; without one there is simply no hint.
  if (!response?.ok || hint.dataset.turn !== turn) return;
  const { text, merge, contacts } = await response.json();
  hint.replaceChildren(...(contacts.length === 0 ? [] : [`${text} `, ...contacts.flatMap((c, i) => [
    i > 0 ? ' · ' : '', el('a', { href: c.url, class: 'text-link', target: '_blank', rel: 'noopener' }, el('bdi', {}, c.name)), ` ${c.number}`, c.company ? [' (', el('bdi', {}, c.company), ')'] : '', ` – ${c.reason}`,
    c.mergeUrl ? [' ', el('a', { href: c.mergeUrl, class: 'text-link' }, merge)] : '',
  ].flat())]));
}
if (form) {
  form.addEventListener('input', e => {
    const rule = ruleOf(e.target.name ?? '');
    if (!rule) return;
    clearTimeout(waiting.get(rule === 'name' ? rule : e.target));
    waiting.set(rule === 'name' ? rule : e.target, setTimeout(() => ask(e.target, rule), 400));
  });
  form.addEventListener('keydown', e => {
    // A card reader ends with Enter: that is the end of the number, not of the form.
    if (e.key !== 'Enter' || ruleOf(e.target.name ?? '') !== 'cardNumber' || e.ctrlKey) return;
    e.preventDefault();
    ask(e.target, 'cardNumber');
  });
}
