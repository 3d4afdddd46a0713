// What happens elsewhere, told at once. Each message becomes an event «live:topic» on the body; htmx listens with hx-trigger="live:topic from:body".
const { t, toast, refreshShell } = window.crm;
const url = document.querySelector('script[data-signalr]')?.dataset.signalr;

const tell = (topic, detail) => document.body.dispatchEvent(new CustomEvent(`live:${topic}`, { detail, bubbles: true }));
let waits = 0;
const soon = () => { clearTimeout(waits); waits = setTimeout(refreshShell, 300); };

document.body.addEventListener('live:worklist', soon);
document.body.addEventListener('live:shell', soon);
document.body.addEventListener('live:notification', e => {
  soon();
  if (e.detail?.text) toast({ alarm: 'danger', warning: 'warning' }[e.detail.level] ?? 'info', e.detail.text, e.detail.url);
});

function start() {
  const script = document.createElement('script');
  script.src = url;
  script.onload = connect;
  document.head.append(script);
}
async function connect() {
  const { HubConnectionBuilder, LogLevel } = window.signalR;
  const connection = new HubConnectionBuilder().withUrl('/hubs/live')
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: c => Math.min(30000, 1000 * 2 ** c.previousRetryCount) + Math.random() * 1000 })
    .configureLogging(LogLevel.None).build();
  connection.on('live', (topic, payload) => tell(topic, payload ? JSON.parse(payload) : null));
  // What was missed meanwhile shows after the reload of the parts.
  connection.onreconnected(() => { refreshShell(); tell('worklist'); tell('reconnected'); });
  connection.onreconnecting(() => document.body.setAttribute('data-offline', t('Connection lost. Trying again…')));
  for (let wait = 2000; ; wait = Math.min(60000, wait * 2)) {
    try {
      await connection.start();
      document.body.dataset.live = 'on';
      return;
    } catch {
      await new Promise(r => setTimeout(r, wait));
    }
  }
}
// After the page is usable: nothing of it waits for the connection.
if (url) ('requestIdleCallback' in window ? requestIdleCallback : setTimeout)(start);
