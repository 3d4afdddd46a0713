// Contacts of the visible piece of the map, clustered by the server; a click asks who is nearest. The list beside it says the same.
import { make, pin, cluster } from './map-base.js';
const L = window.L;
const { el, digits, toast, t } = window.crm;
const box = document.querySelector('[data-map]');
const list = document.getElementById('map-list');
const map = make(box);
const signs = L.layerGroup().addTo(map);
const here = L.layerGroup().addTo(map);
let asked = 0;
let near = false;

const filter = () => new URLSearchParams([...new FormData(document.querySelector('[data-map-filter]'))].filter(([, v]) => v));
async function ask(handler, more) {
  const turn = ++asked;
  const query = filter();
  query.set('handler', handler);
  for (const [key, value] of Object.entries(more)) query.set(key, value);
  const response = await fetch(`/contacts/map?${query}`, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (turn !== asked) return null;
  if (!response?.ok) { toast('danger', t('The page could not be loaded. Try again.')); return null; }
  return response.json();
}
function show({ points, clusters = [], more }) {
  signs.clearLayers();
  for (const p of points) L.marker([p.latitude, p.longitude], { icon: pin(p.person ? 'person' : 'company'), title: p.name, alt: p.name, keyboard: false }).on('click', () => { location.href = `/contacts/${p.id}`; }).addTo(signs);
  for (const c of clusters) {
    const text = box.dataset.many.replace('{0}', digits(c.count));
    L.marker([c.latitude, c.longitude], { icon: cluster(c.count), title: text, alt: text, keyboard: false }).on('click', () => map.setView([c.latitude, c.longitude], map.getZoom() + 2)).addTo(signs);
  }
  const lines = points.slice(0, 100).map(p => el('li', {}, el('a', { class: 'text-link', href: `/contacts/${p.id}` }, el('bdi', {}, p.name)), ' ', p.phone ? el('bdi', { dir: 'ltr', class: 'text-secondary' }, p.phone) : null, p.distance ? el('small', { class: 'text-secondary' }, ` ${p.distance}`) : null));
  for (const c of clusters.slice(0, 50)) lines.push(el('li', {}, el('button', { type: 'button', class: 'btn btn-sm', onclick: () => map.setView([c.latitude, c.longitude], map.getZoom() + 2) }, box.dataset.many.replace('{0}', digits(c.count)))));
  if (more) lines.push(el('li', { class: 'text-secondary' }, box.dataset.more));
  list.replaceChildren(...(lines.length ? lines : [el('li', { class: 'text-secondary' }, box.dataset.none)]));
}
async function refresh() {
  if (near) return;
  const b = map.getBounds();
  const found = await ask('Points', { south: Math.max(-90, b.getSouth()), west: b.getWest(), north: Math.min(90, b.getNorth()), east: b.getEast(), zoom: map.getZoom() });
  if (found) show(found);
}
async function nearest(point) {
  near = true;
  here.clearLayers();
  L.circleMarker(point, { radius: 7, weight: 3 }).bindTooltip(box.dataset.near).addTo(here);
  const found = await ask('Near', { latitude: point.lat, longitude: L.latLng(point).wrap().lng });
  if (found) show(found);
}
map.on('moveend', refresh);
map.on('movestart', () => { near = false; here.clearLayers(); });
map.on('click', e => nearest(e.latlng));
const button = document.querySelector('[data-near-centre]');
button.hidden = false;
button.addEventListener('click', () => nearest(map.getCenter()));
refresh();
