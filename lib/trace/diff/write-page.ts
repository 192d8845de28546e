// A diff as one HTML page, with the look of the report. It has no scripts.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodePng, type Image } from '../../image';
import { escapeHtml, htmlPage } from '../report/page';
import type { FieldChange } from './flatten';
import type { Change, PixelDifference, TraceDiff } from './result';
import { pixelLine, placeOf, summaryLine } from './words';

const FILE = 'index.html';
const MOST_FIELDS = 64;

const fieldTable = (fields: readonly FieldChange[]): string => {
  const cell = (value: string | undefined, side: string): string =>
    `<td class="${side}">${value === undefined ? '<span class="soft">nothing</span>' : escapeHtml(value)}</td>`;
  const rows = fields
    .slice(0, MOST_FIELDS)
    .map(
      ({ field, a, b }) =>
        `<tr><th scope="row">${escapeHtml(field)}</th>${cell(a, 'old')}${cell(b, 'new')}</tr>`,
    );
  const more =
    fields.length > MOST_FIELDS ? `<p class="soft">and ${fields.length - MOST_FIELDS} more</p>` : '';
  return `<table><thead><tr><th scope="col">field</th><th scope="col">first</th><th scope="col">second</th></tr></thead><tbody>${rows.join('')}</tbody></table>${more}`;
};

const changePart = (change: Change): string => {
  const { what, name, a, b, fields } = change;
  const head = `<h3><span class="mono">${escapeHtml(name)}</span> <span class="soft">${escapeHtml(placeOf(change))}</span></h3>`;
  if (what !== 'changed') {
    const [mark, side] = what === 'added' ? ['+', 'second'] : ['−', 'first'];
    const line = escapeHtml((b ?? a)?.line ?? '');
    return `<article class="change ${what}">${head}<p class="soft">only in the ${side}</p><pre>${mark} ${line}</pre></article>`;
  }
  return `<article class="change">${head}${fieldTable(fields)}</article>`;
};

const picture = (image: Image, caption: string): string => {
  const url = `data:image/png;base64,${Buffer.from(encodePng(image)).toString('base64')}`;
  return `<figure><img src="${url}" width="${image.width}" height="${image.height}" alt="${escapeHtml(caption)}"><figcaption>${escapeHtml(caption)}</figcaption></figure>`;
};

const pixelPart = (difference: PixelDifference): string => {
  const { pictures } = difference;
  const shown = pictures
    ? `<div class="pictures">${picture(pictures.a, 'First')}${picture(pictures.b, 'Second')}${picture(pictures.difference, 'What differs, in red')}</div>`
    : '';
  return `<article class="change"><p class="mono">${escapeHtml(pixelLine(difference))}</p>${shown}</article>`;
};

const section = (title: string, parts: readonly string[]): string =>
  parts.length === 0 ? '' : `<section><h2>${escapeHtml(title)}</h2>${parts.join('\n')}</section>`;

const bodyOf = (result: TraceDiff, names: readonly [string, string]): string => {
  const { equal, changes, changeCount, loneFrames, state, pixels } = result;
  const more =
    changeCount > changes.length ? [`<p class="soft">and ${changeCount - changes.length} more</p>`] : [];
  const lone = loneFrames.map(
    ({ side, frame }) =>
      `<p class="change">frame ${frame} is only in the ${side === 'a' ? 'first' : 'second'}</p>`,
  );
  const stateHead = state && `<p class="soft">draw ${state.a} of the first, ${state.b} of the second</p>`;
  const problem =
    pixels?.problem === undefined ? [] : [`<p class="notice bad">${escapeHtml(pixels.problem)}</p>`];
  return `<main>
<h1>${escapeHtml(names[0])} <span class="soft">and</span> ${escapeHtml(names[1])}</h1>
<p class="notice${equal ? '' : ' bad'}">${equal ? 'The two are equal' : 'The two differ'}: ${escapeHtml(summaryLine(result))}.</p>
${section('Pixels', [...problem, ...(pixels?.different ?? []).map(pixelPart)])}
${section('State at the first draw that differs', state ? [`<article class="change">${stateHead}${fieldTable(state.slots)}</article>`] : [])}
${section('Commands and calls', [...changes.map(changePart), ...more])}
${section('Frames without a partner', lone)}
</main>`;
};

/**
 * Writes `index.html` into a folder, which is made if it is missing.
 * @param names what the two traces are called on the page
 * @returns the file
 */
export const writeDiffPage = (
  result: TraceDiff,
  folder: string,
  names: readonly [string, string] = ['first', 'second'],
): string => {
  const file = path.join(folder, FILE);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    htmlPage(`${names[0]} and ${names[1]} · virgl trace diff`, 'diff', bodyOf(result, names)),
  );
  return file;
};
