// What was typed outlives the end of a session: kept in this tab when a form is sent or left unsaved, dropped when it was taken, given back when the way led over
// the sign-in page or an error page. Nobody else sees it: it belongs to one user in one tab, and signing out drops it.
const { t, el } = window.crm;
const store = 'crm.draft';
const user = document.body.dataset.user;
const read = () => { try { return JSON.parse(sessionStorage.getItem(store) ?? 'null'); } catch { return null; } };
const write = draft => { try { draft ? sessionStorage.setItem(store, JSON.stringify(draft)) : sessionStorage.removeItem(store); } catch { /* Full or forbidden: then there is no draft. */ } };
const forms = () => [...document.querySelectorAll('form[data-form]')];
const kept = field => field.name && !field.disabled && !['hidden', 'password', 'file', 'submit', 'button'].includes(field.type);

let touched = null;
document.addEventListener('input', e => { if (e.target.form?.matches('[data-form]')) touched = e.target.form; });
document.addEventListener('change', e => { if (e.target.form?.matches('[data-form]')) touched = e.target.form; });
document.addEventListener('submit', e => {
  if (e.submitter?.getAttribute('formaction') === '/sign-out') { touched = null; write(null); } else if (e.target === touched) keep(touched);
});
addEventListener('pagehide', () => { if (touched?.isConnected && !read()) keep(touched); });

function keep(form) {
  if (!user) return;
  const fields = [...form.elements].filter(kept).map(f =>
    f.type === 'checkbox' || f.type === 'radio' ? [f.name, f.value, f.checked]
      : f.tagName === 'SELECT' ? [f.name, [...f.selectedOptions].map(o => [o.value, o.textContent])] : [f.name, f.value]);
  write({ user, path: location.pathname, form: forms().indexOf(form), fields, back: false });
}

function give(draft, form) {
  // Rows of a table that are not there yet are added by forms.js, which comes later.
  window.crm.draft = { form, fields: draft.fields };
  const asked = new Set();
  for (const [name, value, checked] of draft.fields) {
    const all = [...form.elements].filter(f => f.name === name && kept(f));
    if (typeof checked === 'boolean') {
      const one = all.find(f => f.value === value);
      if (one) one.checked = checked;
      continue;
    }
    // Fields of one name are filled in their order.
    const field = all.find(f => !asked.has(f));
    if (!field) continue;
    asked.add(field);
    if (Array.isArray(value)) {
      for (const [v, text] of value) {
        if (![...field.options].some(o => o.value === v)) field.add(new Option(text, v));
        if (field.tomselect) field.tomselect.addOption({ value: v, text });
      }
      for (const o of field.options) o.selected = value.some(([v]) => v === o.value);
      field.tomselect?.setValue(field.multiple ? value.map(([v]) => v) : value[0]?.[0] ?? '', true);
    } else {
      field.value = value;
    }
  }
  form.dispatchEvent(new Event('input', { bubbles: true }));
  const first = form.elements[0];
  first?.dispatchEvent(new Event('input', { bubbles: true }));
  const line = el('div', { class: 'alert alert-info draft-line', role: 'status' }, el('p', {}, t('What you had typed is back; it is not saved yet. Files have to be chosen again.')),
    el('button', { type: 'button', class: 'btn btn-sm', onclick: () => { touched = null; write(null); dispatchEvent(new Event('crm:leave')); location.reload(); } }, t('Start afresh')));
  form.before(line);
}

// The record may be gone for good, and its form with it: then the text can at least be copied.
function show(draft, page) {
  const texts = draft.fields.filter(([, value, checked]) => typeof value === 'string' && checked === undefined && value.trim().length > 20).map(([, value]) => value);
  if (texts.length) page.append(el('section', { class: 'card panel draft-texts' }, el('div', { class: 'panel-head' }, el('h2', {}, t('What you had typed'))), el('div', { class: 'panel-body' }, ...texts.map(x => el('p', { class: 'pre-line', dir: 'auto' }, x)))));
}

const draft = read();
if (draft) {
  const here = draft.path === location.pathname && forms()[draft.form];
  const wrong = document.querySelector('.error-page');
  if (wrong && draft.user === user) show(draft, wrong);
  if (wrong || document.querySelector('.sign-in')) write({ ...draft, back: true });
  else if (!draft.back) write(null);
  else if (draft.user !== user) write(null);
  else if (here) {
    write(null);
    // The form came back with its errors by itself: nothing was lost.
    if (!document.querySelector('[data-error-summary]')) give(draft, here);
  }
}
