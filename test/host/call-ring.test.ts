// The script's end of the queue, with a consumer written here after native/call_ring.h.

import { CallRing } from '../../lib/host/call-ring';

const HEAD = 0;
const TAIL = 16;
const ASLEEP = 32;
const ANSWERS = 40;
const WATCHING = 48;
const DATA = 64;
const HEADER_WORDS = 2;
const SMALL = 1024;

/** What `virgl::CallRing` does, word by word. */
class Consumer {
  #head = 0;
  #tail = 0;
  #publishedTail = 0;

  constructor(readonly words: Uint32Array) {}

  get #mask(): number {
    return this.words.length - DATA - 1;
  }

  /** The next entry (call, then arguments), without copying it. */
  front(): Uint32Array | undefined {
    if (this.#head === this.#tail) this.#head = this.words[HEAD];
    if (this.#head === this.#tail) return undefined;
    let at = this.#tail & this.#mask;
    if (this.words[DATA + at] === 0) {
      this.#tail = (this.#tail + this.#mask + 1 - at) >>> 0;
      at = 0;
    }
    const length = this.words[DATA + at];
    if (length < HEADER_WORDS || length > this.#mask + 1 - at) throw new Error('the ring is corrupt');
    return this.words.subarray(DATA + at + 1, DATA + at + length);
  }

  pop(entry: Uint32Array): void {
    this.#tail = (this.#tail + entry.length + 1) >>> 0;
    if ((this.#tail - this.#publishedTail) >>> 0 <= Math.floor(this.#mask / 8)) return;
    this.#publishedTail = this.#tail;
    this.words[TAIL] = this.#tail;
  }

  take(): number[] | undefined {
    const entry = this.front();
    if (entry === undefined) return undefined;
    const copy = [...entry];
    this.pop(entry);
    return copy;
  }

  takeAll(): number[][] {
    const entries: number[][] = [];
    for (let entry = this.take(); entry !== undefined; entry = this.take()) entries.push(entry);
    return entries;
  }
}

const ring = (dataWords = SMALL): { ring: CallRing; consumer: Consumer } => {
  const made = new CallRing(dataWords);
  return { ring: made, consumer: new Consumer(made.words) };
};

/** Puts an entry whose arguments count up from `first`; whether there was room. */
const put = (to: CallRing, call: number, count: number, first = 0): boolean => {
  const at = to.reserve(call, count);
  if (at < 0) return false;
  for (let index = 0; index < count; index += 1) to.words[at + index] = first + index;
  return true;
};

/** Puts entries until there is no room; how many there were. */
const fill = (to: CallRing, argumentWords: number): number => {
  let entries = 0;
  while (put(to, entries, argumentWords)) entries += 1;
  return entries;
};

describe('entries', () => {
  test.each([0, 1, 2, 255, 256])('with %d arguments arrive as they were put', (count) => {
    const { ring: to, consumer } = ring();
    expect(put(to, 7, count, 100)).toBe(true);
    to.publish();
    expect(consumer.takeAll()).toEqual([[7, ...Array.from({ length: count }, (_, index) => 100 + index)]]);
  });

  test('are invisible until they are published', () => {
    const { ring: to, consumer } = ring();
    put(to, 1, 3);
    expect(to.holdsBack).toBe(true);
    expect(consumer.take()).toBeUndefined();
    to.publish();
    expect(to.holdsBack).toBe(false);
    expect(consumer.takeAll()).toHaveLength(1);
  });

  test('of any length keep their order and content over many rounds', () => {
    const { ring: to, consumer } = ring();
    const wanted: number[][] = [];
    const got: number[][] = [];
    let seed = 1;
    for (let call = 0; call < 5000; call += 1) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const count = (seed >>> 16) % (to.maxArgumentWords + 1);
      while (!put(to, call, count, call)) {
        to.publish();
        got.push(...consumer.takeAll());
      }
      wanted.push([call, count]);
    }
    to.publish();
    got.push(...consumer.takeAll());
    expect(got.map(([call, ...args]) => [call, args.length])).toEqual(wanted);
    expect(got.every(([call, ...args]) => args.every((word, index) => word === call + index))).toBe(true);
  });

  test('go on when the counters pass 2^32', () => {
    const { ring: to, consumer } = ring(2 ** 20);
    const length = 2 ** 18;
    const rounds = 2 ** 32 / length + 10;
    const lost: number[] = [];
    for (let call = 0; call < rounds; call += 1) {
      const at = to.reserve(call, length - HEADER_WORDS);
      to.publish();
      const entry = consumer.front();
      if (at < 0 || entry?.[0] !== call) lost.push(call);
      if (entry !== undefined) consumer.pop(entry);
    }
    expect(lost).toEqual([]);
    expect(to.words[HEAD]).toBe(10 * length);
    expect(to.words[TAIL]).toBe(10 * length);
  });
});

describe('the end of the ring', () => {
  /** Puts and takes entries until `words` were put. */
  const advance = ({ ring: to, consumer }: ReturnType<typeof ring>, words: number): void => {
    for (let left = words; left > 0; left -= 128) put(to, 0, Math.min(128, left) - HEADER_WORDS);
    to.publish();
    consumer.takeAll();
  };

  test('is skipped by an entry that does not fit before it, which the consumer learns from a 0', () => {
    const both = ring();
    advance(both, 900);
    const at = both.ring.reserve(5, 200);
    expect(at).toBe(DATA + HEADER_WORDS);
    expect(both.ring.words[DATA + 900]).toBe(0);
    both.ring.publish();
    expect(both.ring.words[HEAD]).toBe(SMALL + 202);
    expect(both.consumer.take()).toHaveLength(201);
  });

  test('is used by an entry that just fits', () => {
    const both = ring();
    advance(both, 900);
    expect(both.ring.reserve(5, SMALL - 900 - HEADER_WORDS)).toBe(DATA + 900 + HEADER_WORDS);
    expect(both.ring.reserve(6, 4)).toBe(DATA + HEADER_WORDS);
    both.ring.publish();
    expect(both.consumer.takeAll().map(([call]) => call)).toEqual([5, 6]);
  });

  test.each([1, 2, 3])('is skipped even if only %d words long', (words) => {
    const both = ring();
    advance(both, 896);
    put(both.ring, 8, SMALL - words - 896 - HEADER_WORDS);
    put(both.ring, 9, 3, 30);
    both.ring.publish();
    expect(both.consumer.takeAll().at(-1)).toEqual([9, 30, 31, 32]);
  });
});

describe('a ring that is full', () => {
  test.each([
    { argumentWords: 0, entries: SMALL / 2 },
    { argumentWords: 2, entries: SMALL / 4 },
    { argumentWords: 126, entries: SMALL / 128 },
    { argumentWords: SMALL / 4, entries: 3 },
  ])('has no room after $entries entries of $argumentWords arguments', ({ argumentWords, entries }) => {
    const { ring: to, consumer } = ring();
    expect(fill(to, argumentWords)).toBe(entries);
    expect(to.reserve(1, argumentWords)).toBe(-1);
    to.publish();
    expect(consumer.takeAll()).toHaveLength(entries);
  });

  test('refuses without changing anything', () => {
    const { ring: to } = ring();
    fill(to, 10);
    to.publish();
    const before = [...to.words];
    for (let i = 0; i < 3; i += 1) expect(to.reserve(1, 10)).toBe(-1);
    to.publish();
    expect([...to.words]).toEqual(before);
  });

  test('has room again as soon as the consumer says so, which it does in steps', () => {
    const { ring: to, consumer } = ring();
    fill(to, 0);
    to.publish();
    // A step is the first multiple of an entry beyond an eighth of the ring.
    for (let taken = 1; taken <= 63; taken += 1) {
      consumer.take();
      expect(to.words[TAIL]).toBe(0);
      expect(to.reserve(1, 0)).toBe(-1);
    }
    consumer.take();
    expect(to.words[TAIL]).toBe(128);
    expect(fill(to, 0)).toBe(64);
  });

  test('takes the longest entry when the consumer has taken all, wherever it stands', () => {
    for (let offset = 0; offset < SMALL; offset += 7) {
      const { ring: to, consumer } = ring();
      for (let left = offset; left > 1; left -= 100) put(to, 0, Math.max(0, Math.min(100, left) - 2));
      to.publish();
      consumer.takeAll();
      expect(put(to, 1, to.maxArgumentWords)).toBe(true);
      to.publish();
      expect(consumer.takeAll()).toHaveLength(1);
    }
  });
});

describe('what is held back', () => {
  test.each([
    { what: 'little, consumer awake', words: 511, asleep: 0, urgent: false },
    { what: 'much, consumer awake', words: 512, asleep: 0, urgent: true },
    { what: 'little, consumer asleep', words: 2, asleep: 1, urgent: true },
  ])('$what: urgent is $urgent', ({ words, asleep, urgent }) => {
    const { ring: to } = ring(4096);
    to.words[ASLEEP] = asleep;
    put(to, 1, words - HEADER_WORDS);
    expect(to.isUrgent()).toBe(urgent);
    expect(to.publish()).toBe(asleep === 1);
  });

  test('is counted from the last publication', () => {
    const { ring: to } = ring(4096);
    put(to, 1, 510);
    to.publish();
    put(to, 1, 100);
    expect(to.isUrgent()).toBe(false);
  });
});

describe('answers', () => {
  test('are found once each time they are announced', () => {
    const { ring: to } = ring();
    expect(to.takeAnswers()).toBe(false);
    to.words[ANSWERS] = 1;
    expect([to.takeAnswers(), to.takeAnswers()]).toEqual([true, false]);
    expect(to.words[ANSWERS]).toBe(0);
  });

  test.each([true, false])('watching is shown to the consumer: %p', (watching) => {
    const { ring: to } = ring();
    to.watch(true);
    to.watch(watching);
    expect(to.words[WATCHING]).toBe(Number(watching));
  });
});
