// Writes icons.txt from the npm package @tabler/icons (MIT): one line an icon, name, tab, the inside of its <svg>.
//   npm install --no-save @tabler/icons@3.49.0 && node take.mjs node_modules/@tabler/icons [more-names…]
// Names that stand in icons.txt already are kept; more are added on the command line.
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [source, ...more] = process.argv.slice(2);
const file = join(dirname(fileURLToPath(import.meta.url)), 'icons.txt');
const all = JSON.parse(readFileSync(join(source, 'tabler-nodes-outline.json'), 'utf8'));
const had = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(l => l.split('\t')[0]) : [];
const names = [...new Set([...had, ...more])].sort();
const unknown = names.filter(n => !all[n]);
if (unknown.length) throw new Error('No such icons: ' + unknown.join(', '));
const inner = nodes => nodes.map(([tag, a]) => `<${tag} ${Object.entries(a).map(([k, v]) => `${k}="${v}"`).join(' ')}/>`).join('');
writeFileSync(file, names.map(n => `${n}\t${inner(all[n])}\n`).join(''));
