// The files of the page: our own, and noVNC's modules as its package has them. What is not listed here can't be asked for.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file as it is sent. */
export interface PageFile {
  type: string;
  body: Buffer;
  gzipped: Buffer;
  /** Changes when the content does. */
  tag: string;
}

const ASSETS = path.join(__dirname, 'assets');
const INDEX = 'index.html';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** By folder of its package: what `core/rfb.js` imports. */
const NOVNC_FOLDERS = ['core', 'vendor'];

const novncFolder = (): string => path.join(path.dirname(require.resolve('@novnc/novnc')), '..');

/** Files below a folder, by their paths from there. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && path.extname(entry.name) in TYPES)
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

const listFiles = (): Map<string, string> => {
  const files = new Map([['/', path.join(ASSETS, INDEX)]]);
  for (const name of filesBelow(ASSETS))
    if (name !== INDEX) files.set(`/page/${name}`, path.join(ASSETS, name));
  const novnc = novncFolder();
  for (const folder of NOVNC_FOLDERS) {
    const below = path.join(novnc, folder);
    for (const name of filesBelow(below)) files.set(`/novnc/${folder}/${name}`, path.join(below, name));
  }
  return files;
};

const readFile = (file: string): PageFile => {
  const body = readFileSync(file);
  const tag = createHash('sha256').update(body).digest('base64url').slice(0, 16);
  return { type: TYPES[path.extname(file)] ?? '', body, gzipped: gzipSync(body), tag };
};

/** All files by the path that browsers ask for. */
export class PageFiles {
  readonly #files = listFiles();
  readonly #read = new Map<string, PageFile>();

  /** Undefined if there is none. */
  get(urlPath: string): PageFile | undefined {
    const file = this.#files.get(urlPath);
    if (file === undefined) return undefined;
    const known = this.#read.get(urlPath) ?? readFile(file);
    this.#read.set(urlPath, known);
    return known;
  }
}
