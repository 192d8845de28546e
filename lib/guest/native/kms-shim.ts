// The library that lets KMS programs draw on the host without a display (assets/native-kms.c): compiled when it is first needed.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { asset } from '../image/assets';
import { cacheFolder } from '../image/cache';
import { runTool } from '../tool';

const OPERATION = 'guest bench';
const DIGEST_CHARACTERS = 12;
const FLAGS = ['-shared', '-fPIC', '-O2', '-I/usr/include/libdrm'];
const LIBRARIES = ['-ldl', '-lGLESv2', '-lEGL'];

/**
 * Path of the compiled library.
 * @throws VirglError `ERR_VIRGL_SYSTEM` in the compiler's words, for example without the headers of libdrm
 */
export const kmsShim = async (): Promise<string> => {
  const source = asset('native-kms.c');
  const digest = createHash('sha256')
    .update(await readFile(source))
    .digest('hex');
  const file = path.join(cacheFolder(), `native-kms-${digest.slice(0, DIGEST_CHARACTERS)}.so`);
  if (existsSync(file)) return file;
  await mkdir(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  await runTool(OPERATION, 'cc', [...FLAGS, source, '-o', fresh, ...LIBRARIES]);
  await rename(fresh, file);
  return file;
};
