// The report: a strip of frames, the commands of one frame, and everything about one command. What is shown is what the
// address says after `#`, so that every view can be linked to.
/* global h, loadData, renderSections, figure */

const MOST_FOUND = 500;
const QUIET = ['state', 'call'];
const PLURALS = {
  draw: 'draws',
  clear: 'clears',
  compute: 'compute launches',
  transfer: 'copies and transfers',
  state: 'state commands',
  call: 'other calls',
  marker: 'markers',
  log: 'log lines',
  error: 'errors',
};

function start(data) {
  const strip = document.querySelector('.strip');
  const list = document.querySelector('.list');
  const main = document.querySelector('main');
  const search = document.querySelector('input[type=search]');
  const all = document.querySelector('#all');
  const found = document.querySelector('.found');
  const at = { frame: 0, command: undefined };

  const linkTo = (frame, command) => `#frame=${frame}${command === undefined ? '' : `&command=${command}`}`;
  const go = (frame, command) => {
    // Shown at once: a hash that is assigned is told of later, and the next key would still count from the old place.
    history.pushState(null, '', linkTo(frame, command));
    show();
  };

  const frameButtons = data.frames.map((frame) =>
    h(
      'button.frame',
      { type: 'button', 'data-frame': frame.number, onclick: () => go(frame.number) },
      h(
        'span.thumb',
        null,
        frame.thumb === undefined
          ? `${frame.draws} draws`
          : h('img', { src: data.pictures[frame.thumb], alt: `frame ${frame.number}` }),
      ),
      h(
        'span.name',
        null,
        String(frame.number),
        h('span.soft', null, frame.ms === undefined ? `${frame.draws} draws` : `${frame.ms.toFixed(1)} ms`),
      ),
    ),
  );
  strip.replaceChildren(...frameButtons);

  // Entries are numbered within the page; commands have the numbers of `virgl trace dump` beside that.
  const entryText = (entry) => [entry.name, entry.text].join(' ').toLowerCase();
  const texts = data.entries.map(entryText);
  const shaderTexts = data.texts.map((text) => text.toLowerCase());

  const matches = (words) => {
    const wanted = words.toLowerCase();
    const inShaders = new Set(shaderTexts.flatMap((text, index) => (text.includes(wanted) ? [index] : [])));
    return data.entries.filter(
      (entry, index) =>
        texts[index].includes(wanted) || (entry.shaders ?? []).some((text) => inShaders.has(text)),
    );
  };

  const visible = () => {
    const words = search.value.trim();
    if (words !== '') {
      const entries = matches(words);
      found.textContent = `${entries.length} found${entries.length > MOST_FOUND ? `, ${MOST_FOUND} shown` : ''}`;
      return entries.slice(0, MOST_FOUND);
    }
    const frame = data.entries.filter((entry) => entry.frame === at.frame);
    const entries = all.checked
      ? frame
      : frame.filter(({ kind, id }) => !QUIET.includes(kind) || id === at.id);
    found.textContent = `${entries.length} of ${frame.length} in frame ${at.frame}`;
    return entries;
  };

  let shown = [];
  const showList = () => {
    shown = visible();
    const isSearch = search.value.trim() !== '';
    list.replaceChildren(
      ...shown.map((entry) =>
        h(
          'li',
          null,
          h(
            `button.entry.${entry.kind}`,
            {
              type: 'button',
              'data-id': entry.id,
              'data-command': entry.command,
              'aria-current': entry.id === at.id ? 'true' : undefined,
              onclick: () => select(entry),
            },
            h('span.number', null, entry.command ?? ''),
            h(
              'span.line',
              { title: entry.text },
              isSearch && h('span.soft', null, `frame ${entry.frame} `),
              h('b', null, entry.name),
              ` ${entry.text.split('\n')[0]}`,
            ),
          ),
        ),
      ),
    );
    list.querySelector('[aria-current=true]')?.scrollIntoView({ block: 'nearest' });
  };

  const select = (entry) => {
    if (entry.command !== undefined) return go(entry.frame, entry.command);
    at.id = entry.id;
    showList();
    showEntry(entry);
  };

  const title = (name, ...others) => h('div.title', null, h('h2', null, name), ...others);

  const showEntry = (entry) => {
    const { before, after, depth } = entry;
    const views = [
      before && figure(data, before, 'Target before'),
      after && figure(data, after, 'Target after'),
      depth && figure(data, depth, 'Depth after (near is dark)'),
    ].filter(Boolean);
    main.replaceChildren(
      title(
        entry.name,
        h(`span.tag.${entry.kind}`, null, entry.kind),
        entry.command !== undefined &&
          h(
            'a',
            { href: linkTo(entry.frame, entry.command) },
            `frame ${entry.frame}, command ${entry.command}`,
          ),
        entry.where && h('span.soft', null, entry.where),
        entry.replayMs !== undefined && h('span.soft', null, `replayed in ${entry.replayMs.toFixed(2)} ms`),
      ),
      ...(entry.problems ?? []).map((problem) => h('p.notice.bad', { role: 'note' }, problem)),
      entry.note ? h('p.notice', { role: 'note' }, entry.note) : '',
      views.length > 0 ? h('div.pictures', null, ...views) : '',
      h('pre', { tabindex: 0 }, entry.text === '' ? entry.name : entry.text),
      ...renderSections(data, entry.sections === undefined ? [] : entry.sections, search.value.trim()),
    );
    main.scrollTop = 0;
  };

  const showFrame = (frame) => {
    const counts = Object.entries(frame.counts).filter(([, count]) => count > 0);
    main.replaceChildren(
      title(
        `Frame ${frame.number}`,
        frame.ms !== undefined && h('span.soft', null, `recorded in ${frame.ms.toFixed(1)} ms`),
      ),
      frame.picture ? h('div.pictures', null, figure(data, frame.picture, frame.pictureIs)) : '',
      h(
        'dl.facts',
        null,
        ...counts.flatMap(([kind, count]) => [
          h('dt', null, PLURALS[kind] ?? kind),
          h('dd', null, String(count)),
        ]),
        ...(frame.facts ?? []).flatMap(([name, value]) => [h('dt', null, name), h('dd.mono', null, value)]),
      ),
      h(
        'p.soft',
        null,
        'Choose a command at the left; arrow keys up and down go through them, left and right through the frames, / searches.',
      ),
    );
    main.scrollTop = 0;
  };

  const show = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const command = wanted.has('command') ? Number(wanted.get('command')) : undefined;
    const entry = command === undefined ? undefined : data.entries.find((one) => one.command === command);
    const first = data.frames[0]?.number ?? 0;
    const number = entry?.frame ?? (wanted.has('frame') ? Number(wanted.get('frame')) : first);
    const frame = data.frames.find((one) => one.number === number) ?? data.frames[0];
    at.frame = frame?.number ?? 0;
    at.command = entry?.command;
    at.id = entry?.id;
    for (const button of frameButtons) {
      const isCurrent = button.dataset.frame === String(at.frame);
      button.setAttribute('aria-current', String(isCurrent));
      if (isCurrent) button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
    showList();
    if (entry !== undefined) showEntry(entry);
    else if (frame !== undefined) showFrame(frame);
    else main.replaceChildren(h('p', null, 'This trace has no frames and no commands.'));
    if (command !== undefined && entry === undefined)
      main.prepend(h('p.notice.bad', { role: 'note' }, `Command ${command} is not on this page.`));
  };

  const step = (by) => {
    const now = shown.findIndex(({ id }) => id === at.id);
    const next = shown[now < 0 ? (by > 0 ? 0 : shown.length - 1) : now + by];
    if (next !== undefined) select(next);
  };
  const stepFrame = (by) => {
    const now = data.frames.findIndex(({ number }) => number === at.frame);
    const next = data.frames[now + by];
    if (next !== undefined) go(next.number);
  };

  const KEYS = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    ArrowRight: () => stepFrame(1),
    ArrowLeft: () => stepFrame(-1),
    '/': () => search.focus(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const isTyping = event.target === search;
    if (isTyping && event.key === 'Escape') {
      search.value = '';
      search.blur();
      showList();
    }
    if (isTyping && event.key === 'Enter' && shown[0] !== undefined) select(shown[0]);
    if (isTyping && !['ArrowDown', 'ArrowUp'].includes(event.key)) return;
    const action = KEYS[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
  search.addEventListener('input', showList);
  all.addEventListener('change', showList);
  window.addEventListener('hashchange', show);
  show();
  document.body.dataset.ready = 'true';
}

loadData().then(start, (error) => {
  document
    .querySelector('main')
    .replaceChildren(
      h('p.notice.bad', { role: 'alert' }, `The data of this page can't be read: ${error.message}`),
    );
});
