// Encoding on threads of its own: several viewers, large updates that are split, and the end of the display in the middle of it.

import { runChild } from '../support/children';
import { connect } from '../display/support/connect';
import { PICTURES } from '../display/support/pictures';
import { TestPattern } from '../display/support/test-pattern';
import { CLIENT } from '../display/support/test-viewer';
import { Display } from 'virgl/display';

const ENCODINGS = { raw: 0, zlib: 6, zrle: 16, tight: 7 } as const;
const WIDTH = 450;
const HEIGHT = 300;

test.each([1, 2, 3, 4])('%d threads give every viewer its picture', async (encoderThreads) => {
  const source = new TestPattern(WIDTH, HEIGHT, PICTURES.desktop);
  using display = new Display(source, { encoderThreads });
  await Promise.all(
    Object.values(ENCODINGS).map(async (encoding) => {
      const { viewer, ended } = connect(display);
      await viewer.open();
      viewer.send(CLIENT.setEncodings([encoding]));
      for (const name of ['text', 'twelve', 'desktop', 'photograph']) {
        if (encoding === ENCODINGS.tight)
          source.paint({ x: 0, y: 0, width: WIDTH, height: HEIGHT }, PICTURES[name] as () => number);
        await viewer.refresh();
      }
      await viewer.refresh();
      const isSame = source.pixels.every(
        (pixel, index) => (pixel & 0xffffff) === viewer.canvas.pixels[index],
      );
      viewer.stream.end();
      expect(await ended).toMatchObject({ kind: 'left' });
      // The others' pictures change while they look.
      if (encoding === ENCODINGS.tight) expect(isSame).toBe(true);
    }),
  );
});

describe.each(['close', 'exit'])('%s in the middle of a frame', (how) => {
  test.each([0, 7, 14, 21])('after %d ms more', async (delayMs) => {
    const end = await runChild('display-exit.cjs', [how, String(delayMs)]);
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '' });
    if (how === 'close') expect(end.stdout).toMatch(/^closed/);
  });
});
