// Memory that a session shares with its client: used again when it is small, and never a way to keep things.

import fs from 'node:fs';
import { countSharedMemories } from '../../lib/host';
import { ClientMemories } from '../../lib/vtest/session/shared-with-client';
import { countDescriptorsOf } from '../support/vtest-session';

const KIB = 1024;

const NAME = 'kept-by-session';

const open = () => ({ memories: countSharedMemories(), descriptors: countDescriptorsOf(`memfd:${NAME}`) });

let before = open();
beforeEach(() => {
  before = open();
});
afterEach(() => expect(open()).toEqual(before));

const hand = (memories: ClientMemories, sizeBytes: number) => {
  const piece = memories.take(sizeBytes, NAME);
  memories.sent(piece);
  return piece;
};

test('what is small is used again for the same size, full of zeroes', () => {
  const memories = new ClientMemories();
  const first = hand(memories, 8);
  first.memory.bytes.fill(7);
  memories.giveBack(first);
  const other = hand(memories, 16);
  expect(other).not.toBe(first);
  const again = hand(memories, 8);
  expect(again.memory).toBe(first.memory);
  expect([...again.memory.bytes]).toEqual(new Array(8).fill(0));
  expect(again.fd.closed).toBe(false);
  memories.giveBack(again);
  memories.giveBack(other);
  memories.close();
});

test('what is large is not kept, nor its descriptor once it was sent', () => {
  const memories = new ClientMemories();
  const large = hand(memories, 64 * KIB + 1);
  expect(large.fd.closed).toBe(true);
  memories.giveBack(large);
  expect(large.memory.closed).toBe(true);
  memories.close();
});

test('only so many are kept', () => {
  const memories = new ClientMemories();
  const pieces = Array.from({ length: 100 }, () => memories.take(8, NAME));
  for (const piece of pieces) memories.giveBack(piece);
  expect(pieces.filter(({ memory }) => !memory.closed)).toHaveLength(64);
  memories.close();
  expect(pieces.every(({ memory }) => memory.closed)).toBe(true);
});

test('what comes and goes is used again, however much there is that stays', () => {
  const memories = new ClientMemories();
  const stay = Array.from({ length: 4200 }, () => hand(memories, 64));
  const first = hand(memories, 8);
  memories.giveBack(first);
  const second = hand(memories, 8);
  expect(second.memory).toBe(first.memory);
  for (const piece of [...stay, second]) memories.giveBack(piece);
  memories.close();
});

test('a client with many small resources leaves most descriptors to others', () => {
  const [, limit = 'no limit'] =
    /^Max open files\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const memories = new ClientMemories();
  const pieces = Array.from({ length: 4200 }, () => hand(memories, 64));
  const { descriptors } = open();
  for (const piece of pieces) memories.giveBack(piece);
  memories.close();
  expect(descriptors - before.descriptors).toBeLessThanOrEqual(Math.min(4096, Number(limit) / 4));
  expect(pieces.at(-1)?.memory.closed).toBe(true);
});
