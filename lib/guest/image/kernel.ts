// The kernel, unpacked: QEMU starts it at once (PVH), where under emulation its own unpacking would take seconds.
// Facts: the kernel's Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".

import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { runTool } from '../tool';

/** Byte offsets in a bzImage. */
const HEADER = { setupSectors: 0x1f1, payloadOffset: 0x248, payloadLength: 0x24c } as const;
const SECTOR_BYTES = 512;
/** Behind the compressed bytes stands their unpacked length. */
const LENGTH_BYTES = 4;
const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** The compressed kernel in a bzImage, if it is one that xz unpacks. */
const xzPayload = (bzImage: Buffer): Buffer | undefined => {
  const setup = ((bzImage[HEADER.setupSectors] ?? 0) + 1) * SECTOR_BYTES;
  const start = setup + bzImage.readUInt32LE(HEADER.payloadOffset);
  const end = start + bzImage.readUInt32LE(HEADER.payloadLength) - LENGTH_BYTES;
  const payload = bzImage.subarray(start, end);
  return payload.subarray(0, XZ_MAGIC.length).equals(XZ_MAGIC) ? payload : undefined;
};

/** Writes the kernel of a bzImage to a file; as it is, if it was not compressed with xz. */
export const unpackKernel = async (bzImage: string, file: string): Promise<void> => {
  const payload = xzPayload(await readFile(bzImage));
  if (payload === undefined) await copyFile(bzImage, file);
  else await writeFile(file, await runTool('guest build', 'xz', ['-dc'], { input: payload }));
};
