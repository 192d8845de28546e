// Finds out which command of a refused stream virglrenderer did not like, from the stream and from what it logged.
// Facts: virglrenderer src/vrend/vrend_decode.c (`Illegal command buffer HEADER`), vrend_renderer.c (context errors).

import { parseHeader } from '../protocol/header';
import { VirglError } from '../protocol/error';

/** What is known about the fault. */
export interface SubmitDiagnosis {
  /** For the message. */
  text: string;
  commandIndex?: number;
  byteOffset?: number;
  /** Name of the command. */
  command?: string;
}

interface Suspect {
  commandIndex: number;
  offsetDwords: number;
  name: string;
  fault?: string;
}

const ILLEGAL_HEADER = /Illegal command buffer (\d+)/;
const CONTEXT_ERROR = /context error reported \d+ "[^"]*" ([^\n]*)/;

function* walk(commands: Uint32Array): Generator<Suspect & { header: number }> {
  let offsetDwords = 0;
  for (let commandIndex = 0; offsetDwords < commands.length; commandIndex += 1) {
    const header = commands[offsetDwords];
    const { name, opcode, lengthDwords } = parseHeader(header);
    const left = commands.length - offsetDwords - 1;
    let fault: string | undefined;
    if (lengthDwords > left)
      fault = `its length of ${lengthDwords} dwords runs past the end of the stream, ${left} are left`;
    if (name === 'UNKNOWN') fault = `no release has an opcode ${opcode}`;
    yield { commandIndex, offsetDwords, name, header, fault };
    offsetDwords += lengthDwords + 1;
  }
}

const findSuspect = (commands: Uint32Array, log: string): Suspect | undefined => {
  const illegal = ILLEGAL_HEADER.exec(log);
  const header = illegal === null ? undefined : Number(illegal[1]);
  let suspect: Suspect | undefined;
  for (const command of walk(commands)) {
    // What the stream itself shows to be wrong stops the decoder, whatever was logged; otherwise the first match counts.
    if (command.fault !== undefined) return suspect ?? command;
    if (command.header === header) suspect ??= command;
  }
  return suspect;
};

/** Names the command at fault where that can be told. */
export const diagnoseSubmit = (commands: Uint32Array, log: string): SubmitDiagnosis => {
  const said = CONTEXT_ERROR.exec(log)?.[1].trim();
  const suspect = findSuspect(commands, log);
  if (suspect === undefined) return { text: said ?? 'virglrenderer gave no reason' };
  const { commandIndex, offsetDwords, name, fault } = suspect;
  const why = fault ?? `virglrenderer said: ${said ?? 'nothing'}`;
  return {
    text: `command ${commandIndex} (${name}, byte offset ${offsetDwords * 4}): ${why}`,
    commandIndex,
    byteOffset: offsetDwords * 4,
    command: name,
  };
};

/** The error for a refused submit. */
export const submitError = (
  operation: string,
  contextId: number,
  refusal: { errno: number; lost: boolean; commands: Uint32Array; log: string },
): VirglError => {
  const { errno, lost, commands, log } = refusal;
  const { text, commandIndex, byteOffset, command } = diagnoseSubmit(commands, log);
  const state = lost ? `; context ${contextId} is now in its error state and must be destroyed` : '';
  return new VirglError(
    lost ? 'ERR_VIRGL_CONTEXT_LOST' : 'ERR_VIRGL_REFUSED',
    `${operation}: ${text}${state}`,
    {
      operation,
      contextId,
      commandIndex,
      byteOffset,
      field: command,
      errno,
      log: log === '' ? undefined : log,
    },
  );
};
