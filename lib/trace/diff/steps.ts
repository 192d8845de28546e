// A trace as steps that can be compared: two steps are the same if their keys are. What is never a difference (times, when fences
// were reached, unless asked for what was logged) is no step.

import { createHash } from 'node:crypto';
import { printCommand, toJson } from '../../protocol';
import { CommandNumbering, type NumberedCommand } from '../inspect';
import type { PixelDigest, TraceRecord, TraceSource } from '../model';
import { flatten, type FlatValues } from './flatten';
import type { CheckedDiffOptions } from './options';
import { Renumbering } from './renumbering';

/** What a step is. */
export type StepKind =
  'command' | 'call' | 'memory' | 'write' | 'readback' | 'picture' | 'answer' | 'error' | 'marker' | 'log';

/** Something that happened. */
export interface Step {
  kind: StepKind;
  /** Steps of the same kind and name can be told as one that changed. */
  name: string;
  /** Same key, same step. */
  key: string;
  /** For people, one line. */
  line: string;
  /** Number of the command or call. */
  number?: number;
  /** What it consists of, by name. */
  values(): FlatValues;
}

type StepOptions = Pick<CheckedDiffOptions, 'strict' | 'ignoreIds'>;

const SUBMITS: readonly string[] = ['submitCmd', 'submitCmd2'];
const LONGEST_LINE = 240;

const hashOf = (bytes: ArrayBufferView): string =>
  createHash('sha256')
    .update(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    .digest('hex');

/** Bytes are compared by their hash, and told so. */
const withHashes = (value: unknown): unknown => {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes ${hashOf(value).slice(0, 16)}`;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withHashes);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withHashes(item)]),
  );
};

const lineOf = (name: string, values: FlatValues): string =>
  `${name} ${[...values].map(([key, value]) => `${key}=${value}`).join(' ')}`.slice(0, LONGEST_LINE);

const plainStep = (kind: StepKind, name: string, content: unknown, number?: number): Step => {
  const plain = withHashes(content);
  const values = flatten(plain);
  const step: Step = {
    kind,
    name,
    key: `${kind} ${name} ${JSON.stringify(plain)}`,
    line: lineOf(name, values),
    values: () => values,
  };
  if (number !== undefined) step.number = number;
  return step;
};

const digestOf = ({ sha256, lengthBytes, differing }: PixelDigest) => ({ sha256, lengthBytes, differing });

const commandStep = (
  { command, number, contextId, dwords }: NumberedCommand,
  ids: Renumbering,
  isTold: boolean,
): Step => {
  const renumbered = ids.command(command);
  const name = command.name === 'CREATE_OBJECT' ? `CREATE_OBJECT ${command.object}` : command.name;
  const context = ids.context(contextId);
  const isSame = renumbered === command;
  // Made at once, because a record's bytes do not outlive it.
  const [json] = isTold || !isSame ? toJson([renumbered]) : [];
  const content = isSame
    ? hashOf(dwords)
    : JSON.stringify({ ...json, index: undefined, byteOffset: undefined });
  const step: Step = {
    kind: 'command',
    name,
    key: `${context} ${name} ${content}`,
    line: '',
    number,
    values: () => new Map(),
  };
  if (!isTold || json === undefined) return step;
  const { fields, payload, extra } = json;
  const [line] = printCommand(renumbered).split('\n', 1);
  const values = () =>
    flatten({ context, ...(fields ?? { payload }), ...(extra !== undefined && { extra }) });
  return { ...step, line: line.slice(0, LONGEST_LINE), values };
};

/** The steps of a record beside its commands. */
const recordStep = (
  record: TraceRecord,
  ids: Renumbering,
  call: number,
  strict: boolean,
): Step | undefined => {
  switch (record.kind) {
    case 'memory':
      return plainStep('memory', 'memory', {
        memoryId: ids.memory(record.memoryId),
        sizeBytes: record.sizeBytes,
      });
    case 'write': {
      const { offsetBytes, bytes } = record;
      return plainStep('write', 'write', { memoryId: ids.memory(record.memoryId), offsetBytes, bytes });
    }
    case 'call': {
      const args = ids.args(record);
      const isSubmit = SUBMITS.includes(record.name);
      // The commands of a submit are steps of their own.
      return plainStep(
        'call',
        record.name,
        isSubmit ? { ...(args as object), commands: undefined } : args,
        call,
      );
    }
    case 'readback':
      return plainStep('readback', 'read-back', { part: record.part, ...digestOf(record) }, record.call);
    case 'answer':
      return plainStep('answer', 'answer', { bytes: record.bytes }, record.call);
    case 'error':
      return plainStep('error', 'error', { code: record.code, errno: record.errno }, record.call);
    case 'frame': {
      if (record.picture === undefined) return undefined;
      const { width, height, format } = record.picture;
      return plainStep('picture', 'picture of the frame', {
        width,
        height,
        format,
        ...digestOf(record.picture),
      });
    }
    case 'marker':
      return plainStep('marker', 'marker', { text: record.text });
    case 'log':
      return strict ? plainStep('log', 'log', { text: record.text }) : undefined;
    default:
      return undefined;
  }
};

/**
 * The steps of a trace, frame by frame.
 * @param visit gets each step with the frame that it belongs to
 * @param isTold frames of which the commands have lines and values too, not only keys
 */
export const walkSteps = (
  source: TraceSource,
  { strict, ignoreIds }: StepOptions,
  visit: (step: Step, frame: number) => void,
  isTold: (frame: number) => boolean = () => false,
): { frames: number } => {
  const numbering = new CommandNumbering();
  const ids = new Renumbering(ignoreIds);
  let last = -1;
  for (const record of source.records()) {
    const { frame, calls } = numbering;
    ids.follow(record);
    const step = recordStep(record, ids, calls, strict);
    if (step !== undefined) visit(step, frame);
    for (const numbered of numbering.take(record)) visit(commandStep(numbered, ids, isTold(frame)), frame);
    if (record.kind !== 'time') last = frame;
  }
  return { frames: last + 1 };
};

/** A hash of each frame: frames with the same one have the same steps. */
export const frameHashes = (
  source: TraceSource,
  options: StepOptions,
): { hashes: string[]; steps: number } => {
  const hashers: ReturnType<typeof createHash>[] = [];
  let steps = 0;
  const { frames } = walkSteps(source, options, ({ key }, frame) => {
    steps += 1;
    (hashers[frame] ??= createHash('sha256')).update(key).update('\0');
  });
  const hashes = Array.from({ length: frames }, (_, frame) => hashers[frame]?.digest('hex') ?? '');
  return { hashes, steps };
};
