// Streams with one fault each that knows of commands, the same ones in every run.

import { objectName, parseHeader } from '../../lib/protocol/header';

/** What was done to a stream. */
export const MUTATIONS = [
  'random dword',
  'small step',
  'flipped bit',
  'zero',
  'all ones',
  'value from elsewhere',
  'length',
  'deleted command',
  'doubled command',
  'swapped commands',
  'cut end',
] as const;

/** One of {@link MUTATIONS}. */
export type MutationKind = (typeof MUTATIONS)[number];

/** A stream with a fault. */
export interface Mutation {
  stream: Uint32Array;
  kind: MutationKind;
  /** Where, in dwords of the stream before. */
  dword: number;
  /** The command that it was done to, and which of its dwords. */
  target: string;
}

// Before the target is told.
type Fault = Omit<Mutation, 'target'>;

type Random = (below: number) => number;

/** xorshift32: small, seeded, good enough to pick places. */
export const seededRandom = (seed: number): Random => {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state % below;
  };
};

interface Span {
  start: number;
  end: number;
}

// By header without its length, so that every command and kind of object is chosen as often as any other.
const spansByKind = (stream: Uint32Array): Span[][] => {
  const kinds = new Map<number, Span[]>();
  for (let start = 0; start < stream.length;) {
    const header = stream[start] ?? 0;
    const end = Math.min(stream.length, start + 1 + (header >>> 16));
    const kind = header & 0xffff;
    const spans = kinds.get(kind) ?? [];
    spans.push({ start, end });
    kinds.set(kind, spans);
    start = end;
  }
  return [...kinds.values()];
};

const pick = <T>(list: readonly T[], random: Random): T => list[random(list.length)] as T;

const joined = (...parts: readonly Uint32Array[]): Uint32Array => {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const NEAR = [1, -1, 2, -2, 4, 16, 0x10000, -0x10000];
const HEAD_DWORDS = 24;

const changedDword = (stream: Uint32Array, at: number, kind: MutationKind, random: Random): Uint32Array => {
  const copy = stream.slice();
  const old = copy[at] ?? 0;
  if (kind === 'random dword') copy[at] = (random(0x10000) << 16) | random(0x10000);
  else if (kind === 'small step') copy[at] = old + pick(NEAR, random);
  else if (kind === 'flipped bit') copy[at] = old ^ (1 << random(32));
  else if (kind === 'zero') copy[at] = 0;
  else if (kind === 'all ones') copy[at] = 0xffffffff;
  else copy[at] = stream[random(stream.length)] ?? 0;
  return copy;
};

const changedLength = (stream: Uint32Array, { start }: Span, random: Random): Uint32Array => {
  const copy = stream.slice();
  const header = copy[start] ?? 0;
  const length = random(4) === 0 ? random(0x10000) : (header >>> 16) + pick([1, -1, 2, -2, 3], random);
  copy[start] = (header & 0xffff) | (length << 16);
  return copy;
};

/** Makes faults in one stream, one after the other. */
export class StreamMutator {
  readonly #kinds: Span[][];

  constructor(
    private readonly stream: Uint32Array,
    private readonly random: Random,
  ) {
    this.#kinds = spansByKind(stream);
  }

  next(): Mutation {
    const { stream, random } = this;
    const span = pick(pick(this.#kinds, random), random);
    const fault = this.#make(span);
    const { name, objectType } = parseHeader(stream[span.start] ?? 0);
    const command = name === 'CREATE_OBJECT' ? `${name} ${objectName(objectType)}` : name;
    const isInside = fault.dword >= span.start && fault.dword < span.end;
    return { ...fault, target: isInside ? `${command} +${fault.dword - span.start}` : command };
  }

  #make(span: Span): Fault {
    const { stream, random } = this;
    // Single dwords are the most, since there are so many of them.
    const kind = random(3) > 0 ? pick(MUTATIONS.slice(0, 6), random) : pick(MUTATIONS.slice(6), random);
    const { start, end } = span;
    const command = stream.subarray(start, end);
    const [before, after] = [stream.subarray(0, start), stream.subarray(end)];
    switch (kind) {
      case 'length':
        return { kind, dword: start, stream: changedLength(stream, span, random) };
      case 'deleted command':
        return { kind, dword: start, stream: joined(before, after) };
      case 'doubled command':
        return { kind, dword: start, stream: joined(before, command, command, after) };
      case 'swapped commands': {
        const to = pick(pick(this.#kinds, random), random);
        const [first, second] = start < to.start ? [span, to] : [to, span];
        if (first === second) return { kind, dword: start, stream: stream.slice() };
        const at = (from: number, until?: number): Uint32Array => stream.subarray(from, until);
        const parts = [
          at(0, first.start),
          at(second.start, second.end),
          at(first.end, second.start),
          at(first.start, first.end),
          at(second.end),
        ];
        return { kind, dword: first.start, stream: joined(...parts) };
      }
      case 'cut end': {
        const dword = start + random(end - start);
        return { kind, dword, stream: stream.slice(0, dword) };
      }
      default: {
        // Long payloads are data and texts, of which the head says most.
        const reach = random(3) > 0 ? Math.min(end - start, HEAD_DWORDS) : end - start;
        const dword = start + random(reach);
        return { kind, dword, stream: changedDword(stream, dword, kind, random) };
      }
    }
  }
}
