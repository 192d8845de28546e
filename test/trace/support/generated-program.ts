// Programs made of traces, run in this process beside the calls of the trace itself.

import { createRequire } from 'node:module';
import ts from 'typescript';
import * as virgl from '../../../lib';
import * as protocol from '../../../lib/protocol';
import * as trace from '../../../lib/trace';
import {
  toTypeScript,
  type ToTypeScriptOptions,
  type TraceProgram,
  type TraceRecord,
  type TypeScriptProgram,
} from '../../../lib/trace';
import { ListeningHost, sourceOf } from './edit-traces';

interface Generated {
  replay(host: ListeningHost, data: Uint8Array): Promise<TraceProgram>;
}

const nodeRequire = createRequire(__filename);

// Runs the program as a module of this process.
const load = (source: string): Generated => {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const modules: Record<string, unknown> = { virgl, 'virgl/protocol': protocol, 'virgl/trace': trace };
  const require = (name: string): unknown => modules[name] ?? nodeRequire(name);
  const module = { exports: {} };
  new Function('require', 'module', 'exports', '__dirname', outputText)(
    require,
    module,
    module.exports,
    __dirname,
  );
  return module.exports as Generated;
};

// The calls of the trace themselves, by the shortest program that makes them.
const callsOf = async (
  records: readonly TraceRecord[],
  listening: ListeningHost,
): Promise<ListeningHost['seen']> => {
  const program = new trace.TraceProgram(listening, new Uint8Array(0));
  const live = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(live);
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if ('memoryId' in value) {
      const range = value as trace.TraceRange;
      return program.range(range.memoryId, range.offsetBytes, range.lengthBytes);
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, live(item)]));
  };
  for (const record of records) {
    if (record.kind === 'memory') program.memory(record.memoryId, record.sizeBytes);
    if (record.kind === 'memoryEnd') program.endMemory(record.memoryId);
    if (record.kind === 'write') program.write(record.memoryId, record.offsetBytes, record.bytes);
    if (record.kind === 'call')
      await (listening[record.name] as (args: unknown) => Promise<unknown>)(live(record.args)).catch(
        () => undefined,
      );
  }
  await program.end();
  return listening.seen;
};

/** Expects the program of records to make the same calls with the same bytes; gives the program. */
export const expectSameCalls = async (
  records: readonly TraceRecord[],
  options: ToTypeScriptOptions = {},
  Host: new () => ListeningHost = ListeningHost,
): Promise<TypeScriptProgram> => {
  const made = await toTypeScript(sourceOf(records), options);
  const listening = new Host();
  await load(made.source).replay(listening, made.data);
  expect(listening.seen).toEqual(await callsOf(records, new Host()));
  return made;
};
