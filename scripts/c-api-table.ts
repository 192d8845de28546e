// Writes docs/c-api.md: every function of virglrenderer.h, its call in TypeScript and the first release that has it.

import fs from 'node:fs';
import path from 'node:path';
import { cApiTable } from './c-api-rows';

fs.writeFileSync(path.join(__dirname, '..', 'docs', 'c-api.md'), cApiTable());
