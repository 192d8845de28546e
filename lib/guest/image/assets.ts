// Scripts that run inside the guest. They lie beside the compiled code.

import path from 'node:path';

/** Scripts of the guest. */
export const ASSETS = ['initramfs-init.sh', 'guest-init.sh'] as const;

/** Path of one of {@link ASSETS}. */
export const asset = (name: (typeof ASSETS)[number]): string => path.join(__dirname, '..', 'assets', name);
