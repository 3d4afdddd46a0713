// «Choose on the map» beside the position of an address: a dialog with the map, a click sets the two fields. Leaflet comes only when it is asked for.
const { el, t } = window.crm;
const load = src => new Promise((done, fail) => document.head.append(el('script', { src, onload: done, onerror: fail })));
document.addEventListener('click', async e => {
  const button = e.target.closest?.('[data-map-pick]');
  if (!button) return;
  const row = button.closest('[data-row]') ?? document;
  const [latitude, longitude] = ['Latitude', 'Longitude'].map(name => row.querySelector(`input[name$="${name}"]`));
  if (!window.L) await load(button.dataset.leaflet);
  const [{ make, pin }, { towns }] = await Promise.all([import('./map-base.js'), import('./map-towns.js')]);
  const area = el('div', { class: 'map map-dialog', 'data-tiles': button.dataset.tiles || null, 'data-attribution': button.dataset.attribution || null });
  const dialog = el('dialog', { class: 'box map-box', 'aria-label': button.textContent.trim() }, el('p', { class: 'text-secondary' }, t('Click where it is.')), area, el('form', { method: 'dialog', class: 'form-buttons' }, el('button', { class: 'btn btn-primary' }, t('Close'))));
  document.body.append(dialog);
  dialog.addEventListener('close', () => { dialog.remove(); button.focus(); });
  dialog.showModal();
  const read = input => Number.parseFloat(window.crm.latin(input.value).replace('٫', '.'));
  const known = Number.isFinite(read(latitude)) && Number.isFinite(read(longitude)) ? [read(latitude), read(longitude)] : null;
  // Nobody looks for a street on the map of the whole country when the province is chosen already.
  const province = towns[row.querySelector('[name$="ProvinceId"]')?.value];
  const map = make(area, known ? { centre: known, zoom: 14 } : province ? { centre: province.slice(0, 2), zoom: 9 } : undefined);
  const sign = known ? window.L.marker(known, { icon: pin('company') }).addTo(map) : null;
  let mark = sign;
  map.on('click', ({ latlng }) => {
    const at = latlng.wrap();
    latitude.value = at.lat.toFixed(6);
    longitude.value = at.lng.toFixed(6);
    for (const input of [latitude, longitude]) input.dispatchEvent(new Event('input', { bubbles: true }));
    mark?.remove();
    mark = window.L.marker(at, { icon: pin('company') }).addTo(map);
  });
});
