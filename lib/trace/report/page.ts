// Puts a page together: everything inline, so that one file is all there is and nothing is ever asked of a network.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const ASSETS = path.join(__dirname, 'assets');
const SCRIPTS = ['dom.js', 'data.js', 'sections.js', 'report.js'];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character]);

const asset = (name: string): string => readFileSync(path.join(ASSETS, name), 'utf8');

/** A page of its own. `body` is HTML. */
export const htmlPage = (title: string, bodyClass: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>
${asset('page.css')}</style>
</head>
<body class="${bodyClass}">
${body}
</body>
</html>
`;

/** A list of facts as HTML. */
export const factList = (facts: readonly (readonly [string, string])[]): string =>
  `<dl class="facts">${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;

/** Data in a script element: compressed, and in characters that can't end the element. */
export const dataElement = (data: unknown): string =>
  `<script type="application/octet-stream" id="data">${gzipSync(JSON.stringify(data)).toString('base64')}</script>`;

/** The scripts of the report. */
export const scriptElements = (): string =>
  `<script>\n'use strict';\n${SCRIPTS.map(asset).join('\n')}</script>`;
