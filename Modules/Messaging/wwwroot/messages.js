// Counts an SMS while it is typed, as the server does; and asks for the preview of a template a moment after typing.
const basic = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
const extended = new Set('^{}\\[~]|€\f');

export function smsLength(text) {
  let units = 0, unicode = false;
  for (const c of text) {
    if (basic.has(c)) units++;
    else if (extended.has(c)) units += 2;
    else { unicode = true; break; }
  }
  if (unicode) units = text.length;
  const [one, many] = unicode ? [70, 67] : [160, 153];
  return { units, parts: units === 0 ? 0 : units <= one ? 1 : Math.ceil(units / many) };
}

const digits = n => document.documentElement.lang === 'fa' ? String(n).replace(/\d/g, d => '۰۱۲۳۴۵۶۷۸۹'[d]) : String(n);

for (const line of document.querySelectorAll('[data-sms-count]')) {
  const area = document.getElementById(line.dataset.smsCount);
  const show = () => {
    const { units, parts } = smsLength(area.value.replace(/\r\n/g, '\n'));
    line.textContent = line.dataset.text.replace('{0}', digits(units)).replace('{1}', digits(parts));
  };
  area?.addEventListener('input', show);
}

// Merge fields: put between the braces where the caret is.
for (const picker of document.querySelectorAll('[data-merge-fields]')) {
  let last = document.getElementById(picker.dataset.mergeFields);
  document.addEventListener('focusin', e => { if (e.target.matches?.('[name="Command.Subject"], [name="Command.Body"]')) last = e.target; });
  picker.addEventListener('click', e => {
    const button = e.target.closest('[data-field]');
    if (!button || !last) return;
    last.setRangeText(`{{${button.dataset.field}}}`, last.selectionStart, last.selectionEnd, 'end');
    last.focus();
    last.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

// Live preview: the form itself, without being saved, posted into the frame beside it.
const preview = document.querySelector('[data-preview]');
if (preview) {
  const form = preview.form;
  let timer;
  const ask = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // A form of its own, so that nothing takes this for a save.
      const copy = document.createElement('form');
      copy.method = 'post';
      copy.action = preview.getAttribute('formaction');
      copy.target = preview.getAttribute('formtarget');
      copy.hidden = true;
      for (const [name, value] of new FormData(form)) {
        const input = document.createElement('input');
        input.type = 'hidden';
        input.name = name;
        input.value = value;
        copy.append(input);
      }
      document.body.append(copy);
      copy.submit();
      copy.remove();
    }, 600);
  };
  form.addEventListener('input', ask);
  form.addEventListener('change', ask);
  ask();
}
