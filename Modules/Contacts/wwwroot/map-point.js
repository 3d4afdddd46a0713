// The small map of the customer's page. Leaflet comes only when the map is about to be seen.
const { el } = window.crm;
const load = src => new Promise((done, fail) => document.head.append(el('script', { src, onload: done, onerror: fail })));
const box = document.querySelector('[data-point]');
async function show() {
  if (!window.L) await load(box.dataset.leaflet);
  const { make, pin } = await import('./map-base.js');
  const at = [Number(box.dataset.latitude), Number(box.dataset.longitude)];
  const map = make(box, { centre: at, zoom: 14 });
  // A page is scrolled over it.
  map.scrollWheelZoom.disable();
  window.L.marker(at, { icon: pin(box.dataset.kind), keyboard: false }).addTo(map);
}
new IntersectionObserver((seen, observer) => {
  if (!seen.some(s => s.isIntersecting)) return;
  observer.disconnect();
  show();
}, { rootMargin: '200px' }).observe(box);
