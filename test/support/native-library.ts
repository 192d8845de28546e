// Whether there is a virglrenderer to test with. A machine without one skips these tests and says why.

import { inspectLibrary, type InspectedLibrary } from '../../lib/host';

const probe = (): { library?: InspectedLibrary; reason?: string } => {
  try {
    return { library: inspectLibrary() };
  } catch (error) {
    return { reason: (error as Error).message };
  }
};

const { library, reason } = probe();

/** The installed library; undefined where these tests are skipped. */
export const installed = library;

/** `describe` for tests of the real library. */
export const describeNative: typeof describe = library === undefined ? describe.skip : describe;

if (reason !== undefined) process.stderr.write(`native tests are skipped: ${reason}\n`);

/** Whether the installed library is of this release or a newer one. */
export const isRelease = (wanted: string): boolean => {
  const [major, minor] = (library?.release ?? '0.0').split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
};

/** Sanitizers make everything several times slower. */
export const isSanitized = process.env.VIRGL_SANITIZER !== undefined;
