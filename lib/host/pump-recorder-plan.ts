// What native code needs to know to record what a pump does; see native/pump/pump_recorder.h.

/** A record as a whole entry of the ring, in words: values go where `places` says; a tail adds its length to the second word. */
export interface RecordTemplate {
  words: readonly number[];
  places: readonly number[];
  hasTail: boolean;
}

/** The records that a pump makes, and how many values each has, as native/pump/pump_recorder.h lists them. */
export const PUMP_RECORDS = {
  time: 2,
  frame: 0,
  submit: 1,
  fence: 0,
  fenceReached: 1,
  memory: 2,
  memoryEnd: 1,
  create: 12,
  attach: 2,
  unref: 1,
} as const;

/** One of them. */
export type PumpRecordName = keyof typeof PUMP_RECORDS;

/** Places of what a pump and its recorder count together; as native/pump/pump_recorder.h has them. */
export const PUMP_COUNTS = { calls: 0, frames: 1, nextMemory: 2, timeMs: 3, quietUntilMs: 4 } as const;

/** What commands are to a recorder; as native/pump/frame_watch.h has them. */
export const PumpCommandKind = {
  plain: 0,
  draws: 1,
  /** Only the recorder knows. */
  decoded: 2,
  /** Only the recorder knows, where it is about a type of object that is watched. */
  object: 3,
  clears: 4,
  /** Says which surfaces are drawn to. */
  targets: 5,
  /** Chooses the sub-context. */
  subContext: 6,
} as const;

/** Where a pump looks in command streams. Places are dwords, counted from a command's header. */
export interface PumpCommandRules {
  /** {@link PumpCommandKind} by opcode. */
  kinds: readonly number[];
  watchedTypes: readonly number[];
  /** What a clear clears, and the bits of colours in it. */
  clearPlace: number;
  colourBits: number;
  targetCountPlace: number;
  firstTargetPlace: number;
  subContextPlace: number;
}

/** A ring of words that another thread takes records from. */
export interface RecordRingMemory {
  ring: Uint32Array;
  /** Places of words put, words taken, the state of the other thread, and the data; and the state in which it takes any. */
  layout: { head: number; tail: number; state: number; data: number; writing: number };
}

/** What native code needs to record. */
export interface PumpRecorderPlan extends RecordRingMemory {
  records: Readonly<Record<PumpRecordName, RecordTemplate>>;
  rules: PumpCommandRules;
  /** By {@link PUMP_COUNTS}. */
  state: Float64Array;
  /** What times count from, in milliseconds of the monotonic clock. */
  beginMs: number;
}
