// docs/protocol.md is what the schema says now.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { COMMANDS, ENUMS, FLAGS, Format, OBJECTS } from '../../lib/protocol';
import { protocolPage } from '../../scripts/protocol-rows';

const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'protocol.md'), 'utf8');

test('the page is up to date; npm run docs writes it', () => {
  expect(page === protocolPage()).toBe(true);
});

test('it has every command, object, enumeration and format', () => {
  for (const name of Object.keys(COMMANDS)) expect(page).toContain(`\n### ${name}\n`);
  for (const name of Object.keys(OBJECTS)) expect(page).toContain(`\n### CREATE_OBJECT ${name}\n`);
  for (const name of [...Object.keys(ENUMS), ...Object.keys(FLAGS)].filter((entry) => entry !== 'Format')) {
    expect(page).toContain(`\n### ${name}\n`);
  }
  for (const name of Object.keys(Format)) expect(page).toContain(`| \`${name}\` |`);
});
