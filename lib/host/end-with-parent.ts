// A process that may not outlive the one that started it; see native/end_with_parent.h.

import { addon, callNative } from './addon';

/**
 * From now on the kernel kills this process when its parent ends, or the thread of it that started this one: also while a call to
 * GL never returns.
 * @param parent id of the process that is expected to be the parent
 * @returns false when it is gone already
 */
export const endWithParent = (parent: number): boolean => callNative(() => addon().endWithParent(parent));
