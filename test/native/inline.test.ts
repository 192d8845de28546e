// The host without a render thread: the same calls on the calling thread. Calls, transfers and fences are tested in
// both ways by the files of their names; here is what only this way promises.

import { NativeHost, SharedMemory } from '../../lib/host';
import { describeNative } from '../support/native-library';
import { BOX, clearCommands, expectRenders, HEIGHT, texture, WIDTH } from '../support/proof';

const LONG_STREAM_DWORDS = 8192;

describeNative('an inline host', () => {
  const said: string[] = [];
  let answerLog: (() => void) | undefined;
  let host: NativeHost;

  beforeAll(async () => {
    host = await NativeHost.open({
      inline: true,
      onLog: (text) => {
        said.push(text);
        answerLog?.();
      },
    });
    await host.contextCreate({ contextId: 1 });
    await host.resourceCreate(texture(1));
    await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
  });
  afterEach(() => expectRenders(host));
  afterAll(() => host.close());

  test('has done a call when its method returns', () => {
    const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
    void host.submitCmd({ contextId: 1, commands: clearCommands(1, [1, 0, 0, 1]) });
    void host.transferReadIov({ resourceId: 1, box: BOX, into: pixels });
    expect([...pixels.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
    expect(host.counts().calls).toBe(0);
  });

  test('uses a long stream where it is, and may be given it again at once', async () => {
    const commands = new Uint32Array(LONG_STREAM_DWORDS);
    const clear = clearCommands(1, [0, 1, 0, 1]);
    commands.set(clear);
    // NOP commands, one dword each, fill the rest.
    const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
    const submits = [1, 2, 3].map(() => host.submitCmd({ contextId: 1, commands }));
    commands.fill(0);
    await Promise.all(submits);
    await host.transferReadIov({ resourceId: 1, box: BOX, into: pixels });
    expect([...pixels.subarray(0, 4)]).toEqual([0, 255, 0, 255]);
  });

  test('refuses a long stream that is wrong, with the command at fault', async () => {
    await host.contextCreate({ contextId: 2 });
    const commands = new Uint32Array(LONG_STREAM_DWORDS).fill(0x0001_00ff, 0, 2);
    await expect(host.submitCmd({ contextId: 2, commands })).rejects.toMatchObject({ contextId: 2 });
    await host.contextDestroy({ contextId: 2 });
  });

  test('takes calls that a log listener makes while answers are being read', async () => {
    const made: Promise<unknown>[] = [];
    answerLog = () => {
      answerLog = undefined;
      made.push(host.getCapSet({ capsetId: 1 }));
    };
    await expect(host.transferReadIov({ resourceId: 1, box: { ...BOX, w: 9999 } })).rejects.toMatchObject({
      resourceId: 1,
    });
    answerLog = undefined;
    for (const answer of await Promise.all(made)) expect(answer).toMatchObject({ maxVersion: 1 });
  });

  test.each([{ flags: null }, { backing: null }, { resourceId: 1.5 }, { height: -1 }, { hight: 1 }])(
    'refuses to create with %j, without throwing',
    async (wrong) => {
      const promise = host.resourceCreate({ ...texture(9), ...wrong } as never);
      await expect(promise).rejects.toMatchObject({
        code: 'ERR_VIRGL_ARGUMENT',
        field: Object.keys(wrong)[0],
      });
    },
  );

  describe('uploads from the backing', () => {
    const bytes = WIDTH * HEIGHT * 4;
    let memory: SharedMemory;
    beforeAll(async () => {
      memory = SharedMemory.create(bytes + 64);
      await host.resourceCreate({ ...texture(7), backing: [memory.range()] });
    });
    afterAll(async () => {
      await host.resourceUnref({ resourceId: 7 });
      memory.close();
    });

    test('are done when the method returns, from their offset and in their box', async () => {
      memory.bytes.forEach((_, at) => (memory.bytes[at] = at & 0xff));
      void host.transferWriteIov({ resourceId: 7, box: BOX });
      memory.bytes.fill(9);
      void host.transferWriteIov({ resourceId: 7, box: { ...BOX, x: 2, y: 1, w: 3, h: 2 }, offset: 64 });
      const pixels = new Uint8Array(bytes);
      await host.transferReadIov({ resourceId: 7, box: BOX, into: pixels });
      const expected = Uint8Array.from({ length: bytes }, (_, at) => {
        const [x, y] = [(at >> 2) % WIDTH, Math.floor(at / 4 / WIDTH)];
        return x >= 2 && x < 5 && y >= 1 && y < 3 ? 9 : at & 0xff;
      });
      expect(pixels).toEqual(expected);
    });

    test.each([
      ['ERR_VIRGL_ARGUMENT', { box: null }],
      ['ERR_VIRGL_ARGUMENT', { box: { ...BOX, x: -1 } }],
      ['ERR_VIRGL_ARGUMENT', { box: { ...BOX, d: undefined } }],
      ['ERR_VIRGL_ARGUMENT', { offset: -1 }],
      ['ERR_VIRGL_ARGUMENT', { offset: null }],
      ['ERR_VIRGL_ARGUMENT', { ofset: 1 }],
      ['ERR_VIRGL_UNKNOWN_HANDLE', { resourceId: 8 }],
      ['ERR_VIRGL_REFUSED', { box: { ...BOX, x: 1 } }],
      ['ERR_VIRGL_REFUSED', { offset: 65 }],
      ['ERR_VIRGL_REFUSED', { offset: 2 ** 40 }],
      ['ERR_VIRGL_REFUSED', { resourceId: 1 }],
    ])('are refused with %s for %j, without throwing', async (code, wrong) => {
      const promise = host.transferWriteIov({ resourceId: 7, box: BOX, ...wrong } as never);
      await expect(promise).rejects.toMatchObject({ code, operation: 'transferWriteIov' });
    });
  });

  test('fences that nobody awaits end with it', async () => {
    const fences = [1, 2, 3].map(() => host.createFence());
    await Promise.all(fences);
    expect(host.counts().fences).toBe(0);
  });
});

// Its length runs past the end: virglrenderer answers that all is well, ignores the rest and gives the context up.
const CUT_OFF = Uint32Array.of((9 << 16) | 4, 0);

describeNative.each([false, true])('a context that was given up, with inline %s', (inline) => {
  test('is a lost one, unless that is to be ignored', async () => {
    for (const ignoreLostContexts of [false, true]) {
      await using host = await NativeHost.open({ inline, ignoreLostContexts });
      await host.contextCreate({ contextId: 1 });
      const submit = host.submitCmd({ contextId: 1, commands: CUT_OFF }).then(
        () => 'taken',
        ({ code }: { code: string }) => code,
      );
      expect(await submit).toBe(ignoreLostContexts ? 'taken' : 'ERR_VIRGL_CONTEXT_LOST');
    }
  });
});

test('an option of a wrong type is refused by name', async () => {
  await expect(NativeHost.open({ inline: 1 as unknown as boolean })).rejects.toThrow(
    'NativeHost.open: expected a boolean for inline but received 1',
  );
});
