// `virgl assemble`: the text or JSON of `virgl dump` back to a command stream.

import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { assemble, assembleSubmissions, encode, fromJson, VirglError, type JsonCommand } from '../protocol';
import { reportFailure } from './failure';
import { endWithReader, FILE_HELP, FRAMED_HELP, joinSubmissions, readBytes } from './stream-files';

interface AssembleOptions {
  framed?: true;
  output?: string;
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    throw new VirglError('ERR_VIRGL_DECODE', `assemble: this is no JSON: ${message}`, {
      operation: 'assemble',
      cause: error,
    });
  }
};

const streamOf = (text: string, framed: boolean): Uint32Array => {
  // No dump in text begins with a bracket.
  if (!text.trimStart().startsWith('['))
    return framed ? joinSubmissions(assembleSubmissions(text)) : assemble(text);
  const json = parseJson(text) as JsonCommand[] | JsonCommand[][];
  if (!framed) return encode(fromJson(json as JsonCommand[]));
  return joinSubmissions((json as JsonCommand[][]).map((commands) => encode(fromJson(commands))));
};

const run = async (file: string, { framed = undefined, output }: AssembleOptions): Promise<void> => {
  endWithReader();
  const text = new TextDecoder().decode(await readBytes(file));
  const { buffer, byteOffset, byteLength } = streamOf(text, framed === true);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  if (output === undefined) process.stdout.write(bytes);
  else await writeFile(output, bytes);
};

/** Adds the verb. */
export const addAssemble = (program: Command): void => {
  program
    .command('assemble')
    .description('turn the text or JSON of dump back into a command stream')
    .argument('<file>', FILE_HELP)
    .option('--framed', FRAMED_HELP)
    .option('-o, --output <file>', 'where the stream goes; standard output if not given')
    .addHelpText(
      'after',
      '\nExample:\n  virgl dump a.virgl | sed s/TRIANGLES/LINES/ | virgl assemble - -o b.virgl',
    )
    .action((file: string, options: AssembleOptions) => run(file, options).catch(reportFailure));
};
