// What is in the test guest: Debian packages by name, what of them is kept, and the kernel modules that are loaded.

/** Where packages come from. */
export const DEBIAN_SUITES: readonly { mirror: string; suite: string }[] = [
  { mirror: 'http://deb.debian.org/debian', suite: 'bookworm' },
  { mirror: 'http://deb.debian.org/debian-security', suite: 'bookworm-security' },
];

/** Signatures of Debian's archive, from the package debian-archive-keyring. */
export const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Programs and drivers; what they depend on comes with them. */
export const USERLAND_PACKAGES = [
  'busybox-static',
  'libgl1-mesa-dri',
  'libegl-mesa0',
  'libegl1',
  'libgles2',
  'libgbm1',
  'libdrm2',
  // kmscube, and texturator: uploads, mipmaps and formats of textures, read back.
  'kmscube',
  'glmark2-es2-drm',
  'glmark2-data',
  // eglinfo
  'mesa-utils-bin',
  // modetest, vbltest, proptest
  'libdrm-tests',
  // wflinfo: contexts of each API on GBM
  'waffle-utils',
  'strace',
  'evtest',
];

/** Depends on the current kernel, the only part of it that is used. */
export const KERNEL_METAPACKAGE = 'linux-image-amd64';

/** Kernel modules that the guest loads when it starts, in this order; those they need come first. */
export const KERNEL_MODULES = [
  'virtio_pci',
  'virtio_blk',
  'squashfs',
  'virtio_console',
  'qemu_fw_cfg',
  'virtio_input',
  'evdev',
  'virtio-gpu',
];

/** Mesa's drivers that a virtio-gpu and software rendering need; the others are hard links of the same file. */
export const MESA_DRIVERS = ['virtio_gpu_dri.so', 'swrast_dri.so', 'kms_swrast_dri.so'];

/** Folder of {@link MESA_DRIVERS}. */
export const MESA_DRIVER_FOLDER = 'usr/lib/x86_64-linux-gnu/dri';

/** Parts of packages that no program of the guest opens. */
export const UNUSED_PATHS = [
  'usr/include',
  'usr/lib/x86_64-linux-gnu/gconv',
  'usr/share/bash-completion',
  'usr/share/bug',
  'usr/share/doc',
  'usr/share/doc-base',
  'usr/share/gcc',
  'usr/share/gdb',
  'usr/share/initramfs-tools',
  'usr/share/iso-codes',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/xml',
];

/** Folders on which the guest mounts what it writes to. */
export const MOUNT_POINTS = ['dev', 'proc', 'run', 'sys', 'tmp', 'root'];
