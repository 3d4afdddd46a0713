// Hears from Studio's frame: after each save the state and the list of problems are asked for again; what was refused is said outside the frame too, and stays.
const box = document.querySelector('[data-design]');
const message = box?.querySelector('.design-message');
let asking = null;

async function refresh() {
  const answer = await fetch(`${location.pathname}?handler=State`, { headers: { Accept: 'text/html' } });
  if (!answer.ok) return;
  const open = document.querySelector('#design-state details')?.open;
  const holder = document.createElement('div');
  holder.innerHTML = await answer.text();
  const next = holder.querySelector('#design-state');
  if (!next) return;
  document.getElementById('design-state').replaceWith(next);
  if (open) next.querySelector('details')?.setAttribute('open', '');
  const title = document.querySelector('h1');
  if (title && next.dataset.name) title.textContent = next.dataset.name;
}

// A finding leads to its box: Studio's frame looks for it and opens its properties; from the routine's page the address says which.
const frame = document.querySelector('iframe.design-frame');
const select = id => frame.contentWindow.postMessage({ crm: 'select', id }, location.origin);
document.addEventListener('click', event => {
  const to = event.target.closest('[data-problem-box]');
  if (!to || !frame) return;
  event.preventDefault();
  select(to.dataset.problemBox);
  frame.scrollIntoView({ block: 'nearest' });
});

// The frame stays where it is in the page: what is typed in it is not loaded anew when it grows.
const grow = box?.querySelector('.design-whole-button');
const whole = on => {
  box.classList.toggle('design-whole', on);
  grow.setAttribute('aria-pressed', on);
};
grow?.addEventListener('click', () => whole(!box.classList.contains('design-whole')));
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && box?.classList.contains('design-whole')) whole(false);
});

window.addEventListener('message', event => {
  if (event.origin !== location.origin || !event.data?.studio || !box) return;
  const news = event.data;
  if (['saved', 'published', 'changed'].includes(news.kind)) {
    message.hidden = true;
    clearTimeout(asking);
    asking = setTimeout(refresh, 300);
  } else if (news.kind === 'refused' && news.problems.length) {
    message.replaceChildren(...news.problems.map(text => Object.assign(document.createElement('div'), { textContent: text })));
    message.hidden = false;
    clearTimeout(asking);
    asking = setTimeout(refresh, 300);
  } else if (news.kind === 'edit' && news.id) {
    location.href = `/routines/${encodeURIComponent(news.id)}/design`;
  } else if (news.kind === 'view' && news.id) {
    location.href = `/jobs/${encodeURIComponent(news.id)}`;
  } else if (news.kind === 'ready' && new URLSearchParams(location.search).get('box')) {
    select(new URLSearchParams(location.search).get('box'));
  } else if (news.kind === 'signed-out') {
    location.reload();
  }
});
