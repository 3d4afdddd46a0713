// What every map of ours stands on: pictures of the server that is set, or a plain grid of degrees with the centres of the provinces.
import { towns } from './map-towns.js';
const L = window.L;
const { digits } = window.crm;
const Grid = L.GridLayer.extend({
  createTile({ x, y, z }) {
    const tile = L.DomUtil.create('canvas', 'map-grid');
    const size = this.getTileSize();
    Object.assign(tile, { width: size.x, height: size.y });
    const context = tile.getContext('2d');
    const corner = this._map.unproject([x * size.x, y * size.y], z);
    context.strokeStyle = 'rgb(120 130 145 / 45%)';
    context.strokeRect(.5, .5, size.x, size.y);
    context.fillStyle = 'rgb(110 118 132)';
    context.font = '11px sans-serif';
    context.fillText(digits(`${corner.lat.toFixed(3)}, ${corner.lng.toFixed(3)}`), 6, 15);
    return tile;
  },
});
export function make(element, view) {
  const { tiles, attribution } = element.dataset;
  const map = L.map(element, { attributionControl: Boolean(attribution), minZoom: 3, maxZoom: 19, worldCopyJump: true }).setView(view?.centre ?? [32.6, 53.5], view?.zoom ?? 5);
  if (tiles) L.tileLayer(tiles, { attribution: attribution ?? '', maxZoom: 19 }).addTo(map);
  else {
    new Grid().addTo(map);
    const name = document.documentElement.lang === 'fa' ? 2 : 3;
    for (const town of Object.values(towns)) L.marker([town[0], town[1]], { icon: L.divIcon({ className: 'map-town', html: `<span>${town[name]}</span>`, iconSize: [6, 6] }), interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(map);
  }
  return map;
}
export const pin = kind => L.divIcon({ className: `map-pin map-pin-${kind}`, iconSize: [22, 22] });
export const cluster = count => L.divIcon({ className: 'map-cluster', html: `<span>${digits(count)}</span>`, iconSize: [38, 38] });
