// A trace as one HTML page.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TraceSource } from '../model';
import { Collector, type Collected } from './collect';
import { traceFacts } from './facts';
import { checkReportOptions, type ReportOptions } from './options';
import { dataElement, escapeHtml, factList, htmlPage, scriptElements } from './page';
import type { PageData } from './page-data';
import { PageStore } from './page-store';
import { replayJobs } from './replay-jobs';

/** What was written. */
export interface ReportSummary {
  /** The page. */
  file: string;
  sizeBytes: number;
  frames: number;
  entries: number;
  pictures: number;
  /** What the page leaves out, and problems of the replay: what the page says at its top. */
  notices: string[];
}

const FILE = 'index.html';

const bodyOf = (
  title: string,
  facts: [string, string][],
  notices: readonly string[],
  data: PageData,
): string => `
<header class="top">
<h1>${escapeHtml(title)}</h1>
<span class="soft">${data.frames.length} frames · ${data.entries.length} commands and calls · ${data.frames.reduce((sum, { draws }) => sum + draws, 0)} draws</span>
<details><summary>About this trace</summary>${factList(facts)}</details>
${notices.map((notice) => `<p class="notice" style="flex-basis:100%;margin:2px 0">${escapeHtml(notice)}</p>`).join('')}
</header>
<section class="strip" aria-label="Frames"></section>
<nav class="commands" aria-label="Commands">
<div class="tools">
<input type="search" placeholder="Search commands, shaders, markers" aria-label="Search commands, shaders, markers">
<label><input type="checkbox" id="all"> state and calls too</label>
<label><input type="checkbox" id="flip"> flip pictures (OpenGL begins at the bottom)</label>
<span class="found soft" role="status"></span>
</div>
<ul class="list"></ul>
</nav>
<main aria-live="polite"><p class="soft">Reading …</p></main>
<noscript><p>This page needs JavaScript.</p></noscript>
${dataElement(data)}
${scriptElements()}`;

const lateNotices = (store: PageStore, { frames }: Collected): string[] => [
  ...(store.leftOut > 0
    ? [`${store.leftOut} pictures are left out, because the page would become too large.`]
    : []),
  ...(frames.length === 0 ? ['None of the chosen frames is in this trace.'] : []),
];

/**
 * Writes `index.html` into a folder, which is made if it is missing. The page needs no other file and no network.
 * @param options a `host` replays the trace, for pictures and contents of resources; it is closed
 * @throws VirglError `ERR_VIRGL_ARGUMENT`; what goes wrong in the replay is told on the page instead
 */
export const writeReport = async (
  source: TraceSource,
  folder: string,
  options: ReportOptions = {},
): Promise<ReportSummary> => {
  const checked = checkReportOptions(options);
  const store = new PageStore(checked.maxBytes, checked.maxPixels);
  const collected = await new Collector(store, checked).run(source);
  const problem = checked.host && (await replayJobs(source, checked.host, collected.jobs));
  const { frames, entries, notices } = collected;
  const allNotices = [
    ...(checked.notices ?? []),
    ...notices,
    ...lateNotices(store, collected),
    ...(problem === undefined ? [] : [problem]),
  ];
  const title = source.meta.source ?? source.meta.client ?? 'A trace';
  const data: PageData = { title, frames, entries, pictures: store.pictures, texts: store.texts };
  const html = htmlPage(
    `${title} · virgl trace`,
    'report',
    bodyOf(title, traceFacts(source, collected), allNotices, data),
  );
  const file = path.join(folder, FILE);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, html);
  return {
    file,
    sizeBytes: Buffer.byteLength(html),
    frames: frames.length,
    entries: entries.length,
    pictures: store.pictures.length,
    notices: allNotices,
  };
};
