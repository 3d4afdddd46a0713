// Province, county, city of an address depend on one another: what lies below is fetched when something above is chosen.
// Addresses of other countries have none of them.
const { el, toast, t } = window.crm;
const field = (row, name) => row.querySelector(`select[name$=".${name}"]`);
function fill(select, items, keep) {
  const empty = select.querySelector('option[value=""]');
  const groups = new Map();
  for (const i of items) {
    if (!groups.has(i.group)) groups.set(i.group, []);
    groups.get(i.group).push(el('option', { value: i.id }, i.text));
  }
  select.replaceChildren(...(empty ? [empty] : []), ...[...groups].flatMap(([name, options]) => name ? [el('optgroup', { label: name }, ...options)] : options));
  select.value = items.some(i => i.id === keep) ? keep : '';
}
async function below(query) {
  const response = await fetch(`/contacts/places?handler=Below&${new URLSearchParams(query)}`, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (response?.ok) return response.json();
  toast('danger', t('The page could not be loaded. Try again.'));
  return null;
}
async function changed(row, select) {
  const [province, county, city] = ['ProvinceId', 'CountyId', 'CityId'].map(n => field(row, n));
  if (select === province) {
    const found = await below({ province: province.value });
    if (found) { fill(county, found.counties, county.value); fill(city, found.cities, city.value); }
  } else if (select === county) {
    const found = await below(county.value ? { county: county.value } : { province: province.value });
    if (!found) return;
    if (found.province) province.value = String(found.province);
    fill(city, found.cities, city.value);
  }
}
function abroad(row) {
  const country = field(row, 'Country')?.value;
  for (const name of ['ProvinceId', 'CountyId', 'CityId']) {
    const select = field(row, name);
    const box = select?.closest('.field');
    if (!box) continue;
    box.hidden = Boolean(country) && country !== 'IR';
    if (box.hidden) select.value = '';
  }
}
document.addEventListener('change', e => {
  const row = e.target.closest?.('[data-places]');
  if (!row || e.target.tagName !== 'SELECT') return;
  if (e.target.name.endsWith('.Country')) abroad(row); else changed(row, e.target);
});
for (const row of document.querySelectorAll('[data-places]')) abroad(row);
