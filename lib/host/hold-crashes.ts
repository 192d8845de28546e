// Time for threads that save something before a fatal signal ends the process; see native/crash_delay.h.

import { addon, callNative } from './addon';

/**
 * From now on a thread of this process that crashes (SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE) waits before the process ends by its
 * signal, so that other threads can save what they have. SIGKILL waits for nobody.
 * @returns ends that; to be called once
 */
export const holdCrashes = (milliseconds: number): (() => void) => {
  callNative(() => addon().holdCrashes(milliseconds));
  return () => addon().letCrashes();
};
