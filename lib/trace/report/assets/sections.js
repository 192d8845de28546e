// The sections of state of a command: tables, shaders with line numbers, pictures.
/* exported renderSections, figure */
/* global h */

const SMALL_PICTURE = 64;

function figure(data, picture, caption) {
  if (picture.problem !== undefined)
    return h('figure', null, h('figcaption', null, `${caption}: ${picture.problem}`));
  const small = Math.max(picture.width, picture.height) <= SMALL_PICTURE;
  const alt = `${caption}, ${picture.width} by ${picture.height}`;
  const image = h(small ? 'img.small' : 'img', {
    src: data.pictures[picture.url],
    alt,
    width: picture.width,
    height: picture.height,
  });
  const zoom = (event) => event.currentTarget.parentElement.classList.toggle('large');
  return h(
    'figure',
    null,
    h('button.zoom', { type: 'button', title: 'Larger or smaller', onclick: zoom }, image),
    h('figcaption', null, `${caption} · ${picture.width}×${picture.height}`),
  );
}

function table({ head, rows }) {
  return h(
    'table',
    null,
    head && h('thead', null, h('tr', null, ...head.map((cell) => h('th', { scope: 'col' }, cell)))),
    h(
      'tbody',
      null,
      ...rows.map((row) =>
        h(
          'tr',
          null,
          ...row.map((cell, at) => (at === 0 ? h('th', { scope: 'row' }, cell) : h('td', null, cell))),
        ),
      ),
    ),
  );
}

function code(text, words) {
  const wanted = words.toLowerCase();
  const lines = text.replace(/\n$/, '').split('\n');
  return h(
    'pre.code',
    { tabindex: 0 },
    ...lines.flatMap((line, at) => [
      h('span.number', null, at + 1),
      wanted !== '' && line.toLowerCase().includes(wanted) ? h('span.hit', null, line) : line,
      '\n',
    ]),
  );
}

function tabs(data, shaders, words) {
  const body = h('div', { role: 'tabpanel' });
  const buttons = shaders.map(({ stage, facts, text }, at) =>
    h(
      'button',
      { role: 'tab', type: 'button', onclick: () => show(at) },
      stage,
      facts && h('span.soft', null, ` ${facts}`),
      text === undefined && ' (no text)',
    ),
  );
  const show = (chosen) => {
    buttons.forEach((button, at) => button.setAttribute('aria-selected', String(at === chosen)));
    body.replaceChildren(code(data.texts[shaders[chosen].text] ?? '', words));
  };
  show(
    Math.max(
      0,
      shaders.findIndex(
        ({ text }) => words !== '' && (data.texts[text] ?? '').toLowerCase().includes(words.toLowerCase()),
      ),
    ),
  );
  return [h('div.tabs', { role: 'tablist' }, ...buttons), body];
}

function renderSections(data, sections, words) {
  return sections.map(({ title, about, open, tables = [], shaders, pictures = [], note }) =>
    h(
      'details.section',
      { open: open === true },
      h('summary', null, title, about && h('span.soft', null, about)),
      h(
        'div.body',
        null,
        note && h('p.soft', null, note),
        ...tables.flatMap((one) => [one.caption && h('h3', null, one.caption), table(one)]),
        ...(shaders ? tabs(data, shaders, words) : []),
        pictures.length > 0 &&
          h('div.pictures', null, ...pictures.map(({ picture, caption }) => figure(data, picture, caption))),
      ),
    ),
  );
}
