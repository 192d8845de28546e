// docs/c-api.md is what `npm run docs` would write today.

import fs from 'node:fs';
import path from 'node:path';
import { cApiTable } from '../../scripts/c-api-rows';

test('docs/c-api.md is up to date', () => {
  const page = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'c-api.md'), 'utf8');
  expect(page).toBe(cApiTable());
});
