// What displays show as dma-bufs: layout, and what can't be had that way.

import { type NullAnswers, NullHost, type ResourceInfoExt, SharedMemory } from '../../lib/host';
import type { FileDescriptor, HostFeatures } from '../../lib/host';
import { fakeHost, Guest, rect, texture3d } from './support/guest';

const SIZE = { width: 16, height: 8 };
const XR24 = 0x34325258;
const INTEL_X_TILED = 0x0100_0000_0000_0001n;
const MODIFIER_INVALID = 0x00ff_ffff_ffff_ffffn;

/** Hands out memory as a GPU's driver would. */
class Exporter implements Disposable {
  readonly memory = SharedMemory.create(4096);
  readonly given: FileDescriptor[] = [];
  info: Partial<ResourceInfoExt> = {};
  offset = 0;
  fdType = 1;

  fd(): FileDescriptor {
    const fd = this.memory.duplicateFd();
    this.given.push(fd);
    return fd;
  }

  get answers(): NullAnswers {
    const info = (): ResourceInfoExt => ({
      handle: 2,
      format: 2,
      ...SIZE,
      depth: 1,
      flags: 0,
      textureId: 77,
      stride: 64,
      drmFourcc: XR24,
      fd: this.fd(),
      hasDmabufExport: true,
      planes: 1,
      modifiers: INTEL_X_TILED,
      ...this.info,
    });
    return {
      resourceGetInfoExt: info,
      resourceGetInfo: info,
      getFdForTexture2: ({ textureId }) => ({ fd: this.fd(), stride: textureId, offset: this.offset }),
      resourceExportBlob: () => ({ fd: this.fd(), fdType: this.fdType }),
    };
  }

  /** Whether all that was handed out is closed. */
  get isAllClosed(): boolean {
    return this.given.every(({ closed }) => closed);
  }

  [Symbol.dispose](): void {
    for (const fd of this.given) fd.close();
    this.memory.close();
  }
}

const shown = async (guest: Guest, part = rect(0, 0, 16, 8)): Promise<void> => {
  await guest.ok('RESOURCE_CREATE_3D', texture3d(2, { flags: 1 }));
  await guest.ok('SET_SCANOUT', { rect: part, scanoutId: 0, resourceId: 2 });
};

test('a texture comes with what it takes to read it', async () => {
  using exporter = new Exporter();
  const guest = await Guest.boot({}, exporter.answers);
  await shown(guest, rect(4, 2, 8, 4));
  const { fd, ...layout } = await guest.device.exportScanout(0);
  expect(layout).toEqual({
    fourcc: XR24,
    modifier: INTEL_X_TILED,
    strideBytes: 77,
    ...SIZE,
    rect: rect(4, 2, 8, 4),
    flags: 1,
  });
  // The descriptor of the information is nobody's.
  expect(exporter.isAllClosed).toBe(false);
  fd.close();
  expect(exporter.isAllClosed).toBe(true);
  await guest.shutDown();
});

test('a modifier that is not known is none', async () => {
  using exporter = new Exporter();
  exporter.info = { modifiers: MODIFIER_INVALID };
  const guest = await Guest.boot({}, exporter.answers);
  await shown(guest);
  using fd = (await guest.device.exportScanout(0)).fd;
  expect(fd.closed).toBe(false);
  exporter.info = {};
  const again = await guest.device.exportScanout(0);
  again.fd.close();
  expect(again.modifier).toBe(INTEL_X_TILED);
  await guest.shutDown();
});

/** As virglrenderer before 1.0. */
class OldHost extends NullHost {
  override readonly features: HostFeatures = { ...new NullHost().features, resourceGetInfoExt: false };
}

test('a library that does not tell modifiers', async () => {
  using exporter = new Exporter();
  const capsets = { getCapSet: () => ({ maxVersion: 0, maxSizeBytes: 0 }) };
  const guest = await Guest.boot({ host: new OldHost({ ...capsets, ...exporter.answers }) });
  await guest.picture(2, SIZE);
  await guest.ok('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId: 2 });
  const { fd, modifier, strideBytes } = await guest.device.exportScanout(0);
  fd.close();
  expect({ modifier, strideBytes }).toEqual({ modifier: undefined, strideBytes: 77 });
  await guest.shutDown();
});

describe('what has to go as pixels', () => {
  test.each([
    { what: 'kept in another format', info: { format: 1 }, says: 'B8G8R8X8_UNORM for format but found' },
    {
      what: 'without a format of DRM',
      info: { drmFourcc: 0 },
      says: 'a format of DRM for drm_fourcc but found 0',
    },
    { what: 'of several planes', info: { planes: 2 }, says: 'one plane for planes but found 2' },
  ])('a picture $what', async ({ info, says }) => {
    using exporter = new Exporter();
    exporter.info = info;
    const guest = await Guest.boot({}, exporter.answers);
    await shown(guest);
    await expect(guest.device.exportScanout(0)).rejects.toMatchObject({
      code: 'ERR_VIRGL_UNSUPPORTED',
      resourceId: 2,
      message: expect.stringContaining(says) as string,
    });
    expect(exporter.isAllClosed).toBe(true);
    await guest.shutDown();
  });

  test('a picture that does not begin with its memory', async () => {
    using exporter = new Exporter();
    exporter.offset = 4096;
    const guest = await Guest.boot({}, exporter.answers);
    await shown(guest);
    await expect(guest.device.exportScanout(0)).rejects.toMatchObject({ field: 'offset', value: 4096 });
    expect(exporter.isAllClosed).toBe(true);
    await guest.shutDown();
  });

  test('all pictures, where the driver exports none', async () => {
    using exporter = new Exporter();
    exporter.info = { hasDmabufExport: false };
    const guest = await Guest.boot({}, exporter.answers);
    await shown(guest);
    await expect(guest.device.exportScanout(0)).rejects.toMatchObject({ code: 'ERR_VIRGL_REFUSED' });
    expect(exporter.isAllClosed).toBe(true);
    await guest.shutDown();
  });

  test('nothing at all', async () => {
    const guest = await Guest.boot({ host: fakeHost() });
    await expect(guest.device.exportScanout(1)).rejects.toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      field: 'index',
    });
    await guest.shutDown();
  });
});

describe('blobs', () => {
  const hostVisible = { sizeBytes: 65536, map: () => undefined, unmap: () => undefined };

  const showBlob = async (guest: Guest, { format = 67, offset = 0, blobMem = 2 } = {}): Promise<void> => {
    await guest.context(1);
    const isGuests = blobMem === 1;
    await guest.ok(
      'RESOURCE_CREATE_BLOB',
      { resourceId: 5, blobMem, blobFlags: 1, blobId: 9n, size: 4096 },
      { contextId: 1 },
      isGuests ? [{ address: 0x10_0000, lengthBytes: 4096 }] : [],
    );
    await guest.ok('SET_SCANOUT_BLOB', {
      rect: rect(0, 0, 16, 8),
      scanoutId: 0,
      resourceId: 5,
      width: 16,
      height: 8,
      format,
      strides: [128, 0, 0, 0],
      offsets: [offset, 0, 0, 0],
    });
  };

  test.each([
    [1, 'AR24'],
    [2, 'XR24'],
    [3, 'BA24'],
    [4, 'BX24'],
    [67, 'AB24'],
    [68, 'RX24'],
    [121, 'RA24'],
    [134, 'XB24'],
  ])('of format %i are %s', async (format, name) => {
    using exporter = new Exporter();
    const guest = await Guest.boot({ hostVisible }, exporter.answers);
    await showBlob(guest, { format });
    const { fd, fourcc, ...layout } = await guest.device.exportScanout(0);
    fd.close();
    expect(new TextDecoder().decode(Uint32Array.of(fourcc))).toBe(name);
    expect(layout).toEqual({
      modifier: undefined,
      strideBytes: 128,
      ...SIZE,
      rect: rect(0, 0, 16, 8),
      flags: 0,
    });
    await guest.shutDown();
  });

  test.each([
    { what: 'in memory of the guest', blob: { blobMem: 1 }, fdType: 1, field: 'blob_mem' },
    { what: 'that do not begin with their picture', blob: { offset: 64 }, fdType: 1, field: 'offsets[0]' },
    { what: 'that are no dma-bufs', blob: {}, fdType: 3, field: 'fd_type' },
  ])('$what go as pixels', async ({ blob, fdType, field }) => {
    using exporter = new Exporter();
    exporter.fdType = fdType;
    const guest = await Guest.boot({ hostVisible }, exporter.answers);
    await showBlob(guest, blob);
    await expect(guest.device.exportScanout(0)).rejects.toMatchObject({
      code: 'ERR_VIRGL_UNSUPPORTED',
      field,
    });
    expect(exporter.isAllClosed).toBe(true);
    await guest.shutDown();
  });
});
