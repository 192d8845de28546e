// Encoding on threads of its own: several viewers, large updates that are split, and the end of the display in the middle of it.

import { connect } from '../display/support/connect';
import { PICTURES } from '../display/support/pictures';
import { TestPattern } from '../display/support/test-pattern';
import { CLIENT, PSEUDO } from '../display/support/test-viewer';
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

test('a display may be closed in the middle of a frame', async () => {
  for (let round = 0; round < 8; round++) {
    const source = new TestPattern(WIDTH, HEIGHT, PICTURES.photograph);
    const display = new Display(source, { encoderThreads: 2 });
    const { viewer, ended } = connect(display);
    await viewer.open();
    viewer.send(CLIENT.setEncodings([7, -26, PSEUDO.continuousUpdates]));
    viewer.send(CLIENT.continuousUpdates(true, 0, 0, WIDTH, HEIGHT));
    await new Promise((resolve) => setTimeout(resolve, round * 10));
    display.close();
    expect(await ended).toMatchObject({ kind: 'closed' });
  }
});
