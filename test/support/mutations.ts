// Streams with faults in them, the same ones in every run.

// xorshift32: small, seeded, good enough to pick places.
const randomOf = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state % below;
  };
};

const ODD_DWORDS = [
  0, 1, 5, 6, 32, 64, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x7f800001, 0x80000000, 0xffffffff,
];

const mutateOnce = (
  stream: Uint32Array<ArrayBuffer>,
  random: (below: number) => number,
): Uint32Array<ArrayBuffer> => {
  if (stream.length === 0) return Uint32Array.of(random(0x10000));
  const at = random(stream.length);
  switch (random(6)) {
    case 0:
      stream[at] = (stream[at] ?? 0) ^ (1 << random(32));
      return stream;
    case 1:
      stream[at] = ODD_DWORDS[random(ODD_DWORDS.length)] ?? 0;
      return stream;
    case 2:
      stream[at] = (random(0x10000) << 16) | random(0x10000);
      return stream;
    case 3:
      return stream.slice(0, at);
    case 4:
      stream.copyWithin(at, random(stream.length));
      return stream;
    default:
      stream[at] = stream[random(stream.length)] ?? 0;
      return stream;
  }
};

/**
 * Copies of a stream with one to four faults each: flipped bits, odd or random dwords, cut ends, moved parts.
 * @param count how many
 */
export function* mutated(stream: Uint32Array, count: number, seed = 1): Generator<Uint32Array<ArrayBuffer>> {
  const random = randomOf(seed);
  for (let index = 0; index < count; index += 1) {
    let copy: Uint32Array<ArrayBuffer> = stream.slice();
    for (let faults = 1 + random(4); faults > 0; faults -= 1) copy = mutateOnce(copy, random);
    yield copy;
  }
}
