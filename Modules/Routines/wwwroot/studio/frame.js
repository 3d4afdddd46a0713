// Runs in Studio's own frame, before Blazor: sign-on, one save after another, Persian words, and news for the page around it.
(() => {
  const settings = JSON.parse(document.getElementById('studio-settings').textContent);
  const persian = settings.culture === 'fa-IR';
  localStorage.setItem('BlazorCulture', settings.culture);
  const dark = settings.theme === 'dark' || (settings.theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  localStorage.setItem('IsDarkMode', JSON.stringify(dark));

  const tell = message => { if (window.parent !== window) window.parent.postMessage({ studio: true, ...message }, location.origin); };

  // --- Sign-on: a short-lived token of the signed-in user, fetched again before it ends. -----------------------------------------------------------------
  const realFetch = window.fetch.bind(window);
  let token = null, tokenEnds = 0, asking = null;
  async function freshToken() {
    if (token && Date.now() < tokenEnds - 30_000) return token;
    asking ??= realFetch(settings.token, { headers: { Accept: 'application/json' }, credentials: 'same-origin' })
      .then(async answer => {
        if (!answer.ok) throw new Error(`token: ${answer.status}`);
        const body = await answer.json();
        token = body.token; tokenEnds = Date.parse(body.expiresAt);
        return token;
      })
      .finally(() => { asking = null; });
    return asking;
  }

  // --- Saves: Studio saves by itself half a second after each touch and does not wait for its last save. Two of its own saves must not look like two people: ---
  // each save waits for the one before and takes over its count of saves, if it was based on the same one.
  const REVISION = 'Crm.Revision';
  let saving = Promise.resolve(), takenIn = 0, sending = 0, heard = null;
  const oneEnd = text => text.replace(/\r\n?/g, '\n').trim();
  function stringsOf(value, all = new Set()) {
    if (typeof value === 'string') all.add(oneEnd(value));
    else if (value && typeof value === 'object') for (const inner of Object.values(value)) stringsOf(inner, all);
    return all;
  }
  const newer = new Map();
  const isSave = (path, method) => method === 'POST' && path === '/workflow-definitions';
  const follow = (id, base) => { const seen = new Set(); while (newer.has(id + base) && !seen.has(base)) { seen.add(base); base = newer.get(id + base); } return base; };

  async function bodyText(init) {
    const body = init?.body;
    if (body == null) return '';
    if (typeof body === 'string') return body;
    return await new Response(body).text();
  }

  // Studio shows what is wrong only with status 400 and falls over any other refusal: a rule broken, a newer save, a right that is missing reach it as 400, with the same body.
  async function readable(answer) {
    const text = await answer.text();
    const status = answer.status > 400 && answer.status < 500 && answer.status !== 401 ? 400 : answer.status;
    const headers = new Headers(answer.headers);
    // The text is unpacked by now.
    for (const name of ['content-encoding', 'content-length']) headers.delete(name);
    return [new Response(text, { status, headers }), text];
  }

  // Not every browser has the first.
  const whenIdle = window.requestIdleCallback ?? (run => setTimeout(run, 100));
  async function save(input, init) {
    const issued = performance.now();
    const text = await bodyText(init);
    // Whether Studio goes on waiting or not: a save that was sent is known to have happened only by its answer.
    const { signal: _, ...unaborted } = init;
    const run = async () => {
      let sent;
      try { sent = JSON.parse(text); } catch { sent = null; }
      const model = sent?.model, custom = model?.customProperties;
      if (custom?.[REVISION]) custom[REVISION] = follow(model.definitionId, custom[REVISION]);
      const base = custom?.[REVISION];
      sending++;
      const answer = await realFetch(input, { ...unaborted, body: sent ? JSON.stringify(sent) : text }).finally(() => { sending--; });
      if (answer.ok && model) { heard = stringsOf(model); lastSave = performance.now(); }
      const [understood, said] = await readable(answer);
      let body = {};
      try { body = JSON.parse(said); } catch { /* not ours: Studio gets it as it is */ }
      if (answer.ok) {
        const definition = body.workflowDefinition, now = definition?.customProperties?.[REVISION];
        // Noted before the next save starts: it waits for this function to end.
        if (base && now && now !== base) newer.set(definition.definitionId + base, now);
        tell({ kind: sent?.publish ? 'published' : 'saved', definitionId: definition?.definitionId, version: definition?.version, name: definition?.name, isPublished: definition?.isPublished });
      } else {
        tell({ kind: 'refused', status: answer.status, problems: Object.values(body.errors ?? {}).flat() });
      }
      return understood;
    };
    const result = saving.then(run, run);
    saving = result.catch(() => {});
    // After Studio itself has taken the answer in.
    saving.then(() => setTimeout(() => whenIdle(() => { takenIn = issued; }, { timeout: 2_000 }), 250));
    return result;
  }

  // --- What is typed into an expression: Studio does not hear what is typed between the choice of its kind and its own save of that choice, about a second, and keeps the old text without a word although the new one stands in the editor. ---
  // Whatever stands in an editor, was typed there and is in no save is typed once more, by a blank that comes and goes: then Studio hears it.
  const QUIET = 700, SAVED_BY = 2_000, TRIES = 3;
  const typed = new Map(), watched = new WeakSet();
  function watch() {
    for (const editor of window.monaco?.editor?.getEditors?.() ?? []) {
      if (watched.has(editor)) continue;
      watched.add(editor);
      // Typed in the moment between its coming and this look at it.
      if (heard !== null && editor.getValue().trim() !== '' && !heard.has(oneEnd(editor.getValue()))) typed.set(editor, { at: performance.now(), tries: 0, text: editor.getValue() });
      editor.onDidChangeModelContent(change => {
        // Given by Studio itself: another box, or its own value.
        if (change.isFlush) typed.delete(editor);
        else if (!editor.crmNudges) typed.set(editor, { at: performance.now(), tries: typed.get(editor)?.text === editor.getValue() ? typed.get(editor).tries : 0, text: editor.getValue() });
      });
      editor.onDidDispose(() => typed.delete(editor));
    }
  }
  setInterval(() => {
    watch();
    for (const [editor, was] of typed) {
      if (performance.now() - was.at < (was.tries ? SAVED_BY : QUIET) || sending) continue;
      if (heard?.has(oneEnd(was.text)) || was.tries >= TRIES || !editor.getContainerDomNode()?.isConnected) { typed.delete(editor); continue; }
      // Studio heard it and saves it within half a second of that: only what it still has not sent after a while is told again.
      if (!was.tries && performance.now() - was.at < SAVED_BY && !missed(editor)) continue;
      typed.set(editor, { ...was, at: performance.now(), tries: was.tries + 1 });
      nudge(editor);
    }
  }, 250);
  // Typed before a save that does not have it: that one was the choice of the kind.
  const missed = editor => heard !== null && lastSave > typed.get(editor).at;
  let lastSave = 0;
  function nudge(editor) {
    const model = editor.getModel(), end = model.getFullModelRange(), line = end.endLineNumber, column = end.endColumn, at = editor.getSelections();
    editor.crmNudges = true;
    try {
      model.applyEdits([{ range: { startLineNumber: line, startColumn: column, endLineNumber: line, endColumn: column }, text: ' ' }]);
      model.applyEdits([{ range: { startLineNumber: line, startColumn: column, endLineNumber: line, endColumn: column + 1 }, text: '' }]);
    } finally { editor.crmNudges = false; }
    if (at) editor.setSelections(at);
  }

  // --- What a box holds: after each save Studio goes on with the box as that save had it, and writes the whole of it into the drawing with the next change. What was changed between the two would be gone. ---
  // One change of a box is a change of one value: a value that falls back to what it was before, while another becomes one that it never was, is put back.
  const drawn = new WeakSet(), were = new Map();
  // Every value of a box by its name; the two that hold values of their own are taken apart.
  const valuesOf = box => new Map(Object.entries(box ?? {})
    .flatMap(([name, value]) => ['metadata', 'customProperties'].includes(name) && value ? Object.entries(value).map(([inner, v]) => [[name, inner], v]) : [[[name], value]])
    .map(([path, value]) => [path.join('/'), { path, value, text: JSON.stringify(value) }]));
  function keep({ cell, current, previous, options }) {
    if (options.crmKept) return;
    const now = valuesOf(current), before = valuesOf(previous), names = [...new Set([...now.keys(), ...before.keys()])];
    if (!were.has(cell.id)) were.set(cell.id, new Map());
    const seen = were.get(cell.id), see = (name, text) => seen.set(name, (seen.get(name) ?? new Set()).add(text));
    for (const name of names) see(name, before.get(name)?.text);
    const changed = names.filter(name => now.get(name)?.text !== before.get(name)?.text);
    const back = changed.filter(name => !now.has(name) || seen.get(name).has(now.get(name).text));
    for (const name of names) see(name, now.get(name)?.text);
    // Only back: somebody chose again what was there.
    if (back.length === 0 || back.length === changed.length) return;
    const kept = structuredClone(current);
    for (const name of back) {
      const { path, value } = before.get(name) ?? now.get(name), holder = path.length > 1 ? (kept[path[0]] ??= {}) : kept;
      if (before.has(name)) holder[path.at(-1)] = value; else delete holder[path.at(-1)];
    }
    // Not a step that «undo» knows.
    cell.setData(kept, { overwrite: true, dryrun: true, crmKept: true });
  }
  async function watchDrawings() {
    if (!document.querySelector('.x6-graph')) return;
    // The very module that Studio itself has loaded.
    const { graphBindings } = await import(new URL('_content/Elsa.Studio.Workflows.Designer/designer.entry.js', document.baseURI).href);
    for (const { graph } of Object.values(graphBindings)) {
      if (drawn.has(graph)) continue;
      drawn.add(graph);
      graph.on('node:change:data', keep);
    }
  }

  // --- Leaving: a press on another box, another tab or «publish» takes the editor away, and what was typed into it in the last moment with it. The press waits until that is in a save, and is made then. ---
  // Another tab of the same box shows the box as it was when Studio last took in a save: what is changed there would undo what was typed here since. So the way to it waits for that, too.
  const LEAVES = '.x6-graph, .mud-tab, .mud-toolbar, .mud-button-group-root', LONGEST = 5_000, SENT_BY = 3_000;
  let held = null, begun = null, changed = 0;
  window.addEventListener('input', event => { begun = event.target; }, true);
  window.addEventListener('change', () => { begun = null; changed = performance.now(); }, true);
  // Not every change leads to a save: a search, for one.
  const untaken = () => changed > takenIn && (sending || performance.now() - changed < SENT_BY);
  // Studio hears a text when its field is left.
  const unheard = () => begun !== null && begun === document.activeElement && !begun.closest('.monaco-editor');
  function unsaved() {
    watch();
    return [...typed].some(([editor, was]) => editor.getContainerDomNode()?.isConnected && !heard?.has(oneEnd(was.text)));
  }
  function hold(event) {
    if (!event.isTrusted || !(event.target instanceof Element)) return;
    // A press by the keyboard is a click of no button.
    const begins = event.type === 'pointerdown' || event.type === 'mousedown' || (event.type === 'click' && event.detail === 0), tab = event.target.closest('.mud-tab') !== null;
    if (!held && !(begins && event.button === 0 && event.target.closest(LEAVES) && (unsaved() || (tab && (untaken() || unheard()))))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (held) return;
    held = { target: event.target, x: event.clientX, y: event.clientY };
    if (unheard()) begun.blur();
    document.documentElement.classList.add('crm-waits');
    const until = performance.now() + LONGEST;
    const look = setInterval(() => {
      if ((unsaved() || sending || (tab && untaken())) && performance.now() < until) return;
      clearInterval(look);
      // Studio takes its save in first.
      setTimeout(letGo, 250);
    }, 50);
  }
  function letGo() {
    const { target, x, y } = held;
    held = null;
    document.documentElement.classList.remove('crm-waits');
    // Studio may have drawn the box anew meanwhile.
    const at = target.isConnected ? target : document.elementFromPoint(x, y);
    for (const type of ['mousedown', 'mouseup', 'click']) at?.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, view: window, clientX: x, clientY: y, button: 0 }));
  }
  for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick']) window.addEventListener(type, hold, true);

  window.fetch = async (input, init) => {
    const url = new URL(typeof input === 'string' ? input : input.url ?? String(input), document.baseURI);
    if (!url.href.startsWith(settings.api)) return realFetch(input, init);
    const method = (init?.method ?? input?.method ?? 'GET').toUpperCase();
    const headers = new Headers(init?.headers ?? (typeof input === 'object' && input.headers ? input.headers : undefined));
    headers.set('Authorization', 'Bearer ' + await freshToken());
    // Titles come in the language of the page, whatever the browser itself speaks.
    headers.set('Accept-Language', persian ? 'fa' : 'en');
    // Pickers of «a stage of this drawing» ask which one is open.
    if (settings.id) headers.set('X-Crm-Routine', settings.id);
    const path = url.href.slice(settings.api.length).split('?')[0];
    const next = { ...init, headers };
    if (isSave(path, method)) return save(input, next);
    const answer = await realFetch(input, next);
    if (method !== 'GET' && answer.ok && /^\/(workflow-definitions|workflow-definition-versions|bulk-actions)\//.test(path)) tell({ kind: 'changed', path });
    if (answer.status === 401) tell({ kind: 'signed-out' });
    return method === 'GET' || answer.ok ? answer : (await readable(answer))[0];
  };

  // --- Words: the package has no Persian. Studio's own words are looked up in one dictionary; what people typed is left alone. ------------------------------------
  const SKIP = '.monaco-editor, .elsa-activity, [contenteditable], script, style, textarea, code, pre';
  const ATTRIBUTES = ['placeholder', 'title', 'aria-label', 'alt'];
  let words = new Map(), patterns = [];
  const fold = text => text.trim().replace(/\s+/g, ' ').toLowerCase();
  function translate(text) {
    if (!/[A-Za-z]/.test(text)) return null;
    const key = fold(text);
    const known = words.get(key);
    if (known !== undefined) return text.replace(text.trim(), known);
    for (const [pattern, to] of patterns) {
      const match = pattern.exec(text.trim());
      if (match) return text.replace(text.trim(), to.replace(/\{(\d)\}/g, (_, n) => translate(match[+n + 1]) ?? match[+n + 1]));
    }
    return null;
  }
  function visit(node) {
    if (node.nodeType === Node.TEXT_NODE) {
      const parent = node.parentElement;
      if (!parent || parent.closest(SKIP)) return;
      const to = translate(node.nodeValue);
      if (to !== null && to !== node.nodeValue) node.nodeValue = to;
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      if (!node.matches(SKIP)) for (const name of ATTRIBUTES) attribute(node, name);
      if (node.matches('.monaco-editor')) return;
      if (node.shadowRoot) visit(node.shadowRoot);
      node.childNodes.forEach(visit);
    }
  }
  function attribute(node, name) {
    const value = node.getAttribute(name);
    const to = value ? translate(value) : null;
    if (to !== null && to !== value) node.setAttribute(name, to);
  }
  async function speakPersian() {
    const book = await (await realFetch(settings.words)).json();
    for (const [from, to] of Object.entries(book)) {
      if (/\{\d\}/.test(from)) patterns.push([new RegExp('^' + from.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\d\}/g, '(.+?)') + '$', 'is'), to]);
      else words.set(fold(from), to);
    }
    new MutationObserver(list => {
      for (const change of list) {
        if (change.type === 'characterData') visit(change.target);
        else if (change.type === 'attributes') { if (!change.target.matches(SKIP)) attribute(change.target, change.attributeName); }
        else change.addedNodes.forEach(visit);
      }
    }).observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
    visit(document.body);
  }
  // For the script that looks for words left over.
  window.crmStudioWords = { translate: text => translate(text) };

  // --- Help in the properties of a box: long lists of check boxes get a search box, conditions a builder ---------------------------------------------------------
  let catalog = null, helping = null;
  const facts = () => (catalog ??= realFetch(settings.fields, { headers: { Accept: 'application/json' }, credentials: 'same-origin' }).then(a => a.ok ? a.json() : Promise.reject(new Error(String(a.status)))).catch(error => { catalog = null; throw error; }));
  const make = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes)) if (k.startsWith('on')) e.addEventListener(k.slice(2), v); else if (v === true) e.setAttribute(k, ''); else if (v !== null && v !== undefined && v !== false) e.setAttribute(k, v);
    e.append(...children.filter(c => c !== null && c !== undefined));
    return e;
  };
  const plain = text => fold(text ?? '').replace(/[يى]/g, 'ی').replace(/ك/g, 'ک').replace(/\u200c/g, '');
  function help() { clearTimeout(helping); helping = setTimeout(() => { lists(); builders(); watchDrawings().catch(error => tell({ kind: 'failed', message: String(error) })); }, 150); }

  // A list of colleagues or templates is long in a real company: Studio shows all of it, one under the other.
  function lists() {
    for (const field of document.querySelectorAll('.mud-input-control')) {
      const boxes = [...field.querySelectorAll('.mud-checkbox')].map(b => b.closest('.mud-input-control') ?? b).filter(b => b !== field);
      if (boxes.length < 9 || field.querySelector(':scope .crm-list-search') || boxes.some(b => b.querySelector('.mud-checkbox .mud-checkbox'))) continue;
      const search = make('input', { type: 'search', class: 'crm-list-search', placeholder: persian ? 'جستجو' : 'Search', 'aria-label': persian ? 'جستجو' : 'Search', oninput: () => {
        const wanted = plain(search.value);
        // What is chosen stays in sight.
        for (const b of boxes) b.hidden = wanted !== '' && !plain(b.textContent).includes(wanted) && !b.querySelector('input:checked');
      } });
      boxes[0].before(search);
    }
  }

  // A condition is written by JavaScript in Studio; the builder writes it and reads it back.
  function builders() {
    if (!settings.fields) return;
    // Blazor takes its own elements away, not ours.
    for (const row of document.querySelectorAll('.crm-build-row')) if (row.crmFor.isConnected) row.crmSay().catch(() => {}); else row.remove();
    for (const editor of window.monaco?.editor?.getEditors?.() ?? []) {
      const node = editor.getContainerDomNode?.();
      if (!node?.isConnected || editor.getModel()?.getLanguageId() !== 'javascript' || node.dataset.crmBuilder) continue;
      const outer = node.closest('.mud-field, .mud-input-control');
      // Known by its title: a condition is what the builder is for.
      const title = outer?.querySelector('.mud-input-label, label')?.textContent;
      if (!title || plain(title) !== plain(settings.condition)) continue;
      node.dataset.crmBuilder = 'true';
      outer.before(buildButton(node, () => editor.getValue(), text => editor.setValue(text)));
    }
    // A new box has its condition as a plain value, whatever its descriptor says: who builds one needs not know that the dots beside it change that.
    for (const label of document.querySelectorAll('.mud-input-control label.mud-input-label')) {
      if (plain(label.textContent) !== plain(settings.condition)) continue;
      const control = label.closest('.mud-input-control'), row = control.closest('.flex-row'), input = control.querySelector('input.mud-input-slot');
      if (!input || input.dataset.crmBuilder || !row?.querySelector('.mud-menu-icon-button-activator')) continue;
      input.dataset.crmBuilder = 'true';
      control.before(buildButton(input, () => input.value, text => script(row, text)));
    }
    // Cases of a switch: one line of text each while it is edited.
    for (const cell of document.querySelectorAll('tr td input.mud-input-slot')) {
      const label = cell.closest('td').dataset.label;
      if (!label || ![plain('Condition'), plain(settings.condition)].includes(plain(label))) continue;
      if (cell.dataset.crmBuilder || cell.readOnly) continue;
      cell.dataset.crmBuilder = 'true';
      cell.closest('td').append(buildButton(cell, () => cell.value, text => {
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(cell, text);
        cell.dispatchEvent(new Event('input', { bubbles: true }));
        cell.dispatchEvent(new Event('change', { bubbles: true }));
      }));
    }
  }
  function buildButton(target, get, set) {
    const button = make('button', { type: 'button', class: 'crm-build', onclick: () => build(get, set).catch(error => tell({ kind: 'failed', message: String(error) })) }, persian ? 'ساختن شرط…' : 'Build the condition…');
    // Choices stand in the expression by their ids: beside it stands what it says.
    const said = make('span', { class: 'crm-says-now' }), holder = make('div', { class: 'crm-build-row' }, button, said);
    holder.crmFor = target;
    holder.crmSay = async () => {
      const text = get() ?? '';
      if (holder.crmText === text) return;
      holder.crmText = text;
      const [{ fields, operators, words: w }, { read }] = await Promise.all([facts(), import(settings.scripts)]);
      if (holder.crmText === text) said.textContent = inWords(text ? read(text, fields) : null, fields, operators, w);
    };
    holder.crmSay().catch(() => {});
    return holder;
  }
  function inWords(tree, fields, operators, w) {
    if (!tree) return '';
    const one = item => {
      if (item.items) return `(${inWords(item, fields, operators, w)})`;
      const field = fields.find(f => f.key === item.field);
      const values = (item.values ?? []).map(v => field?.choices?.find(c => c.value === v)?.title ?? (['Date', 'Moment'].includes(field?.kind) ? window.crmDates.shown(v) : v));
      return [field?.title ?? item.field, operators[item.op]?.title ?? item.op, values.join(persian ? '، ' : ', ')].filter(Boolean).join(' ');
    };
    return tree.items.map(one).join(tree.any ? (persian ? ' یا ' : ' or ') : (persian ? ' و ' : ' and '));
  }
  // What is looked for, as soon as Studio shows it; undefined when it does not within that time.
  async function appears(find, most) {
    for (let waited = 0; waited < most; waited += 100) {
      const found = find();
      if (found) return found;
      await new Promise(ready => setTimeout(ready, 100));
    }
    return undefined;
  }
  // Makes the value of a row an expression, pressed as a hand would, and writes it.
  async function script(row, text) {
    const until = async find => {
      const found = await appears(find, 5_000);
      if (!found) throw new Error('The editor of the expression did not open.');
      return found;
    };
    row.querySelector('.mud-menu-icon-button-activator').click();
    (await until(() => [...document.querySelectorAll('.mud-popover-open .mud-list-item, .mud-popover-open .mud-menu-item')].find(i => plain(i.textContent) === 'javascript'))).click();
    const editor = await until(() => (window.monaco?.editor?.getEditors?.() ?? []).find(e => row.contains(e.getContainerDomNode?.()) && e.getModel()?.getLanguageId() === 'javascript'));
    // Studio saves the change of kind by itself and takes over what comes back: what is written meanwhile would fall back to nothing.
    const before = takenIn;
    await until(() => takenIn > before).catch(() => {});
    editor.setValue(text);
  }
  async function build(get, set) {
    const [{ fields, operators, words: w }, { conditionEditor }, { read, write }] = await Promise.all([facts(), import(settings.editor), import(settings.scripts)]);
    const now = get() ?? '';
    const known = read(now, fields);
    // Where nothing is said yet the first condition stands there to be filled in.
    const first = now.trim() === '' && fields.length ? { any: false, items: [{ field: fields[0].key, op: fields[0].ops[0], values: [] }] } : known;
    const says = make('p', { class: 'crm-build-says', role: 'status' }, known === null ? w['This expression says more than can be chosen here. What is built replaces it.'] : '');
    const editor = conditionEditor({ fields, operators, value: first, words: w, el: make, change: () => { says.textContent = ''; } });
    const dialog = make('dialog', { class: 'crm-build-dialog', 'aria-label': w['Build the condition'] }, make('h2', {}, w['Build the condition']), known === null ? make('pre', { dir: 'ltr' }, now) : null, editor, says,
      make('div', { class: 'crm-build-buttons' },
        make('button', { type: 'button', class: 'crm-build-take', onclick: () => {
          const tree = editor.read();
          const text = tree ? write(tree, fields) : null;
          if (text === null) { says.textContent = w['Give every condition a value.']; return; }
          set(text);
          dialog.close();
        } }, w['Take it over']), make('button', { type: 'button', onclick: () => dialog.close() }, w['Cancel'])));
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
  new MutationObserver(help).observe(document.documentElement, { subtree: true, childList: true });

  // The page around asks for a box: pressed as a hand would.
  window.addEventListener('message', async event => {
    if (event.origin !== location.origin || event.data?.crm !== 'select') return;
    // Asked for when the page was opened, the drawing may not be there yet.
    const node = await appears(() => document.querySelector(`.x6-node[data-cell-id="${CSS.escape(event.data.id)}"] foreignObject *`)?.closest('.x6-node'), 20_000);
    if (!node) return;
    // A box that lies outside of what is seen comes into sight by Studio's own «zoom to fit», the first of its tools.
    const seen = node.closest('.x6-graph')?.getBoundingClientRect(), at = node.getBoundingClientRect();
    if (seen && (at.right < seen.left + 40 || at.left > seen.right - 40 || at.bottom < seen.top + 20 || at.top > seen.bottom - 20)) {
      document.querySelector('.mud-toolbar .mud-icon-button')?.click();
      await new Promise(ready => setTimeout(ready, 400));
    }
    const target = node.querySelector('.elsa-activity, foreignObject *') ?? node;
    const box = target.getBoundingClientRect();
    for (const type of ['mousedown', 'mouseup', 'click']) target.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, view: window, clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, button: 0 }));
  });

  // --- The element itself --------------------------------------------------------------------------------------------------------------------------------------
  async function start() {
    // A missing dictionary must not keep anybody from the designer.
    if (persian) await speakPersian().catch(error => tell({ kind: 'no-words', message: String(error) }));
    const first = await freshToken();
    const element = document.createElement(settings.element);
    element.setAttribute('remote-endpoint', settings.api);
    element.setAttribute('access-token', first);
    if (settings.id) element.setAttribute(settings.element.includes('instance') ? 'instance-id' : 'definition-id', settings.id);
    await customElements.whenDefined(settings.element);
    element.editWorkflowDefinition = id => tell({ kind: 'edit', id });
    element.viewWorkflowInstance = id => tell({ kind: 'view', id });
    element.workflowDefinitionExecuted = id => tell({ kind: 'executed', id });
    element.workflowDefinitionVersionSelected = definition => tell({ kind: 'version', id: definition?.id });
    element.activitySelected = () => help();
    document.getElementById('studio').replaceChildren(element);
    tell({ kind: 'ready' });
  }
  document.addEventListener('DOMContentLoaded', () => start().catch(error => tell({ kind: 'failed', message: String(error) })));
})();
