// Shows what belongs to the chosen way of starting; without script everything is shown, and the server takes what fits.
const form = document.querySelector('[data-binding]');
if (form) {
  const start = form.elements['Command.Start'], trigger = form.elements['Command.Trigger'], by = form.elements['Command.By'];
  const show = () => {
    for (const part of form.querySelectorAll('[data-when]')) {
      const on = part.dataset.when === start.value && (!part.dataset.trigger || part.dataset.trigger === trigger.value) && (!part.dataset.by || part.dataset.by.split(' ').includes(by.value));
      part.hidden = !on;
      for (const field of part.querySelectorAll('input, select')) field.disabled = !on;
    }
  };
  form.addEventListener('change', show);
  show();
  form.dataset.ready = 'yes';
}
