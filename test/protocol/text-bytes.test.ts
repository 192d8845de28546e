// UTF-8 without loss.

import fc from 'fast-check';
import { bytesOf, textOf } from '../../lib/protocol/text-bytes';

test('any bytes survive as text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect([...bytesOf(textOf(bytes))]).toEqual([...bytes]);
    }),
    { numRuns: 1000 },
  );
});

test('valid UTF-8 is what TextEncoder makes of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = new TextEncoder().encode(text);
      expect(textOf(bytes)).toBe(text);
      expect([...bytesOf(text)]).toEqual([...bytes]);
    }),
  );
});

test('a lone surrogate becomes the replacement character', () => {
  expect([...bytesOf('\ud800a')]).toEqual([0xef, 0xbf, 0xbd, 0x61]);
});

test('long texts are read in parts', () => {
  const bytes = new Uint8Array(10000).fill(0x61);
  expect(textOf(bytes)).toBe('a'.repeat(10000));
});
