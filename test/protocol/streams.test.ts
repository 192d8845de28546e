// Streams of real programs: decoded without loss, encoded to the same bytes.

import { decode, encode, type Command } from '../../lib/protocol';
import { fixtureBuffers, fixtureNames } from './fixture-streams';

const bytesOf = (words: Uint32Array): Buffer => Buffer.from(words.buffer, words.byteOffset, words.byteLength);
const shortName = (command: Command): string =>
  command.name === 'CREATE_OBJECT' ? `CREATE_OBJECT ${command.object}` : command.name;

describe.each(fixtureNames())('%s', (name) => {
  const buffers = fixtureBuffers(name);

  test('decode and encode give the same bytes', () => {
    for (const buffer of buffers) {
      expect(Buffer.compare(bytesOf(encode(decode(buffer))), Buffer.from(buffer))).toBe(0);
    }
  });

  test('every command is known, and tells where it stood', () => {
    for (const buffer of buffers) {
      let byteOffset = 0;
      let index = 0;
      for (const command of decode(buffer, { onError: 'raw' })) {
        expect(command.name).not.toBe('UNKNOWN');
        expect([command.index, command.byteOffset]).toEqual([index, byteOffset]);
        expect(command.payload.length).toBe(command.lengthDwords);
        byteOffset += 4 + 4 * command.lengthDwords;
        index += 1;
      }
      expect(byteOffset).toBe(buffer.length);
    }
  });

  // Mesa leaves the unused bits of a stream output's second dword uninitialized; everything else is named.
  test('the fields tell every bit, but for one habit of Mesa', () => {
    const leftovers: string[] = [];
    for (const buffer of buffers) {
      for (const command of decode(buffer)) {
        if (command.extra) leftovers.push(`${shortName(command)} extra`);
        for (const { replaces, value } of command.residue ?? []) {
          const known =
            command.name === 'CREATE_OBJECT' && command.object === 'SHADER' && (value & 3) === replaces;
          if (!known) leftovers.push(`${shortName(command)} ${replaces} ${value}`);
        }
      }
    }
    expect(leftovers).toEqual([]);
  });
});

test('a recorded buffer begins as Mesa begins it', () => {
  const [first] = fixtureBuffers('es2gears.virgl.gz');
  const names = Array.from(decode(first ?? new Uint8Array()), shortName)
    .filter((name) => name !== 'TRANSFER3D')
    .slice(0, 3);
  expect(names).toEqual(['END_TRANSFERS', 'CREATE_SUB_CTX', 'SET_SUB_CTX']);
});

test('bytes at an odd offset decode like aligned ones', () => {
  const [first = new Uint8Array()] = fixtureBuffers('es2gears.virgl.gz');
  const shifted = new Uint8Array(first.length + 1);
  shifted.set(first, 1);
  const bytes = bytesOf(encode(decode(shifted.subarray(1))));
  expect(Buffer.compare(bytes, Buffer.from(first))).toBe(0);
});
