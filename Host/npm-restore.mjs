// Restores what Host takes from npm (package-lock.json says exactly what) and copies the files that pages load into wwwroot/lib.
// Called by Npm.targets before Host is built. Packages' own scripts never run: what PostgreSQL's package needs of its script the program does itself.
import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const host = dirname(fileURLToPath(import.meta.url));
const modules = join(host, 'node_modules');
const lib = join(host, 'wwwroot', 'lib');
const lock = join(host, '.npm-restore.lock');
const stamp = join(modules, '.restored');
const copied = join(lib, '.copied');

// What pages load, as /lib/<folder>/<file>. Whoever needs another file adds it here.
const files = {
  '@microsoft/signalr': { folder: 'signalr', files: ['dist/browser/signalr.min.js'] },
  '@tabler/core': { folder: 'tabler', files: ['dist/css/tabler.min.css', 'dist/css/tabler.rtl.min.css', 'dist/js/tabler.min.js'] },
  '@tabler/icons-webfont': { folder: 'tabler-icons', files: ['dist/tabler-icons.min.css', 'dist/fonts/tabler-icons.woff2'] },
  'dompurify': { files: ['dist/purify.min.js'] },
  'echarts': { files: ['dist/echarts.min.js'] },
  'htmx.org': { folder: 'htmx', files: ['dist/htmx.min.js'] },
  'jalaali-js': { files: ['dist/index.js'] },
  'leaflet': {
    files: ['dist/leaflet.js', 'dist/leaflet.css', ...['layers-2x', 'layers', 'marker-icon-2x', 'marker-icon', 'marker-shadow'].map(name => `dist/images/${name}.png`)],
  },
  'sortablejs': { files: ['Sortable.min.js'] },
  'swagger-ui-dist': { folder: 'swagger-ui', files: ['swagger-ui-bundle.js', 'swagger-ui.css'] },
  'tom-select': { files: ['dist/js/tom-select.complete.min.js', 'dist/css/tom-select.bootstrap5.min.css'] },
  'vazirmatn': { files: ['fonts/webfonts/Vazirmatn[wght].woff2'] },
};

// Some packages keep a level of folders that means nothing to a page, but fonts and images must stay where their stylesheet looks for them.
const renamed = {
  'Vazirmatn[wght].woff2': 'vazirmatn.woff2', // brackets would have to be escaped in every URL
};
const place = file => {
  const short = file.replace(/^dist\//, '').replace(/^(browser|css|js|fonts\/webfonts)\//, '');
  return renamed[short] ?? short;
};

function fail(message) {
  console.error(message);
  process.exit(1);
}

const newer = (made, sources) => existsSync(made) && sources.every(source => statSync(made).mtimeMs >= statSync(source).mtimeMs);
const sources = ['package.json', 'package-lock.json', 'npm-restore.mjs'].map(name => join(host, name));

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node ${process.versions.node} is too old to restore Host's npm parts: install Node 20 or newer (https://nodejs.org).`);
}

// One at a time: two builds in the same folder would empty node_modules under each other. A lock whose holder is dead does not count.
function holdLock() {
  for (let waited = 0; ; waited += 200) {
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      process.on('exit', () => rmSync(lock, { force: true }));
      return;
    } catch (e) {
      if (e.code !== 'EEXIST') {
        fail(`${lock} can't be written (${e.code}): give the folder to the user who builds.`);
      }
    }
    if (holderIsDead()) {
      rmSync(lock, { force: true });
    } else if (waited > 600_000) {
      fail(`another npm restore in ${host} does not end: end it, or delete ${lock}.`);
    } else {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}

function holderIsDead() {
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    if (!holder) {
      return Date.now() - statSync(lock).mtimeMs > 5000; // made, but its pid never written
    }
    process.kill(holder, 0);
    return false;
  } catch (e) {
    return e.code === 'ESRCH';
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(1));
}
holdLock();

if (!newer(stamp, sources)) {
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: host, encoding: 'utf8', shell: process.platform === 'win32' });
  if (npm.error?.code === 'ENOENT') {
    fail('npm is missing: install it with Node 20 or newer (https://nodejs.org; on Debian and Ubuntu the package is called npm).');
  }
  if (npm.status !== 0) {
    const lines = `${npm.stderr ?? ''}\n${npm.stdout ?? ''}`.replace(/npm (error|ERR!)/g, '').split('\n').map(line => line.trim());
    const said = lines.filter(line => line && !line.startsWith('at ') && !line.startsWith('A complete log')).slice(0, 4).join('; ');
    fail(`npm ci failed in Host (${said}): check the connection to the npm registry and run it again.`);
  }
  writeFileSync(stamp, '');
}

if (!newer(copied, [stamp, ...sources])) {
  rmSync(lib, { recursive: true, force: true });
  for (const [name, part] of Object.entries(files)) {
    const to = join(lib, part.folder ?? name);
    for (const file of part.files) {
      const target = join(to, place(file));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(modules, name, file), target);
    }
    // Every one of these licences asks that its text goes with the files.
    const licence = readdirSync(join(modules, name)).find(file => /^(licen[cs]e|ofl)(\.(md|txt))?$/i.test(file));
    if (licence) {
      copyFileSync(join(modules, name, licence), join(to, 'LICENSE.txt'));
    }
  }
  writeFileSync(copied, '');
}

// Touched even if nothing was to do: the build compares these with its inputs.
for (const file of [stamp, copied]) {
  utimesSync(file, new Date(), new Date());
}
