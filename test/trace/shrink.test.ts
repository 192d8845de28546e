// Shrinking finds what a fault needs, the same each time, and goes on where it was stopped.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Command, CommandEncoder, decode, Primitive, ShaderStage } from '../../lib/protocol';
import { shrink, type ShrinkResult, type TraceRecord, type TraceSource, verdictFile } from '../../lib/trace';
import { sourceOf, traceOfStreams } from './support/edit-traces';

const WRONG = 0xbad;

const commandsOf = (source: TraceSource): Command[] => {
  const commands: Command[] = [];
  for (const record of source.records()) {
    if (record.kind !== 'call' || record.name !== 'submitCmd') continue;
    const { commands: stream } = record.args as { commands: Uint32Array };
    commands.push(...decode(stream, { onError: 'raw' }));
  }
  return commands;
};

const TEXT = [
  'VERT',
  'DCL OUT[0], POSITION',
  'IMM FLT32 { 1, 2, 3, 4 }',
  '0: MOV OUT[0], IMM[0]',
  '1: END',
  '',
].join('\n');

// Recorded commands again and again, and somewhere among them a draw that fails with the shader that is made with it.
const seeded = (): TraceRecord[] => {
  const records = traceOfStreams('glmark2-es2-desktop-shadow').map((record): TraceRecord => {
    if (record.kind !== 'call' || record.name !== 'submitCmd') return record;
    const { commands } = record.args as { commands: Uint32Array | Uint8Array };
    return commands instanceof Uint8Array || commands instanceof Uint32Array
      ? record
      : { kind: 'marker', text: 'a stream in memory' };
  });
  const many = [records, records, records, records].flatMap((each, index) =>
    index === 0
      ? each
      : each.filter(
          (record) => record.kind === 'frame' || (record.kind === 'call' && record.name === 'submitCmd'),
        ),
  );
  const wrong = new CommandEncoder()
    .createShader({ handle: 7777, stage: ShaderStage.VERTEX, text: TEXT })
    .bindShader({ handle: 7777, stage: ShaderStage.VERTEX })
    .drawVbo({ count: WRONG, mode: Primitive.POINTS })
    .finish();
  const call: TraceRecord = { kind: 'call', name: 'submitCmd', args: { contextId: 1, commands: wrong } };
  many.splice(Math.floor(many.length / 2), 0, call);
  return many;
};

// The draw, its shader with the line that matters, and the buffer of the trace that is wide enough.
const isBad = (source: TraceSource): boolean => {
  const commands = commandsOf(source);
  const draw = commands.some(
    ({ name, fields }) => name === 'DRAW_VBO' && 'count' in fields && fields.count === WRONG,
  );
  const shader = commands.some(
    (command) =>
      command.name === 'CREATE_OBJECT' &&
      command.object === 'SHADER' &&
      command.fields.handle === 7777 &&
      command.fields.text?.includes('IMM FLT32') === true,
  );
  const wide = [...source.records()].some(
    (record) =>
      record.kind === 'call' &&
      record.name === 'resourceCreate' &&
      record.args !== undefined &&
      'width' in record.args &&
      Number(record.args.width) > 999,
  );
  return draw && shader && wide;
};

const records = seeded();

const texts = ({ trace }: ShrinkResult): string[] =>
  [...trace.records()].map((record) => (record.kind === 'call' ? record.name : record.kind));

it('leaves of thousands of commands those that the fault needs', async () => {
  const result = await shrink(sourceOf(records), { check: isBad });
  expect(result.finished).toBe(true);
  expect(result.before.commands).toBeGreaterThan(2000);
  expect(texts(result)).toEqual(['resourceCreate', 'submitCmd']);
  const [shader, draw] = commandsOf(result.trace);
  expect(result.after.commands).toBe(2);
  expect(draw?.name).toBe('DRAW_VBO');
  // Lines of the shader and the size of the buffer shrank too.
  expect(shader?.fields).toMatchObject({ text: 'IMM FLT32 { 1, 2, 3, 4 }' });
  const [create] = [...result.trace.records()];
  expect(create).toMatchObject({ args: { width: 1024 } });
  expect(result.checked).toBeLessThan(500);
});

it('does the same each time', async () => {
  const tried: number[][] = [[], []];
  for (const list of tried)
    await shrink(sourceOf(records), {
      check: (source) => {
        list.push(commandsOf(source).length);
        return isBad(source);
      },
    });
  expect(tried[0]).toEqual(tried[1]);
});

describe('state in a file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'virgl-shrink-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('goes on where it was stopped, with no candidate tried twice', async () => {
    const file = path.join(folder, 'state');
    let checks = 0;
    const check = (source: TraceSource): boolean => {
      checks += 1;
      return isBad(source);
    };
    const whole = await shrink(sourceOf(records), { check });
    const all = checks;
    checks = 0;
    const stop = new AbortController();
    const cut = await shrink(sourceOf(records), {
      check,
      verdicts: verdictFile(file, 'test'),
      signal: stop.signal,
      onProgress: () => checks >= 20 && stop.abort(),
    });
    expect(cut.finished).toBe(false);
    expect(isBad(cut.trace)).toBe(true);
    // The last line was cut off when the process ended.
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -3));
    const rest = await shrink(sourceOf(records), { check, verdicts: verdictFile(file, 'test') });
    expect(rest.finished).toBe(true);
    expect(checks).toBe(all + 1);
    expect(texts(rest)).toEqual(texts(whole));
  });

  it('is refused for another trace or check', () => {
    const file = path.join(folder, 'state');
    verdictFile(file, 'one').set('digest', true);
    expect(() => verdictFile(file, 'other')).toThrow(/remove .* to begin anew/);
  });
});

it('ends when time is up, with the best so far', async () => {
  const result = await shrink(sourceOf(records), { check: isBad, timeLimitMs: 0 });
  expect(result).toMatchObject({ finished: false });
  expect(result.after).toEqual(result.before);
});

it('refuses a trace without the fault, and options that it does not know', async () => {
  await expect(shrink(sourceOf(records), { check: () => false })).rejects.toThrow(
    /finds the whole trace good/,
  );
  const options = { check: isBad, timeLimit: 5 };
  await expect(shrink(sourceOf(records), options)).rejects.toThrow(/did you mean timeLimitMs/);
});
