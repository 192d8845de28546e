// Files in other languages. They lie beside the compiled code.

import path from 'node:path';

/** Scripts that run inside the guest. */
export const GUEST_SCRIPTS = ['initramfs-init.sh', 'guest-init.sh'] as const;

/** Path of one of {@link GUEST_SCRIPTS}, or of a library for programs of the host. */
export const asset = (name: (typeof GUEST_SCRIPTS)[number] | 'native-kms.c'): string =>
  path.join(__dirname, '..', 'assets', name);
