// Writes docs/protocol.md: every command, object, enumeration, format and capability of the schema.

import fs from 'node:fs';
import path from 'node:path';
import { protocolPage } from './protocol-rows';

fs.writeFileSync(path.join(__dirname, '..', 'docs', 'protocol.md'), protocolPage());
