// Which command of a refused stream is named, from the stream itself and from what virglrenderer logged.

import { diagnoseSubmit, submitError } from '../../lib/host/submit-diagnosis';
import { Clear, CommandEncoder, OPCODES } from '../../lib/protocol';

const CLEAR = { buffers: Clear.COLOR0, color: [0, 0, 0, 0] as [number, number, number, number] };

const clear = (encoder = new CommandEncoder()): CommandEncoder =>
  encoder.clear({ ...CLEAR, depth: 1, stencil: 0 });
/** Two clears, then a sub-context that is set. */
const stream = clear(clear()).setSubCtx({ id: 9 }).finish();
const CLEAR_DWORDS = 9;
const header = (opcode: number, lengthDwords: number): number => (opcode | (lengthDwords << 16)) >>> 0;

const illegal = (dword: number): string => `Illegal command buffer ${dword}\n`;
const contextError = (text: string): string =>
  `vrend_decode: context error reported 1 "proof" ${text}\nmore lines\n`;

test('the sample is what these tests take it for', () => {
  expect(stream[0]).toBe(header(OPCODES.CLEAR, CLEAR_DWORDS - 1));
  expect(stream[2 * CLEAR_DWORDS]).toBe(header(OPCODES.SET_SUB_CTX, 1));
});

test.each([
  {
    what: 'a stream that is cut',
    commands: stream.slice(0, 2 * CLEAR_DWORDS - 3),
    log: '',
    diagnosis: {
      text: 'command 1 (CLEAR, byte offset 36): its length of 8 dwords runs past the end of the stream, 5 are left',
      commandIndex: 1,
      byteOffset: 36,
      command: 'CLEAR',
    },
  },
  {
    what: 'an opcode that no release has',
    commands: Uint32Array.of(...stream, header(250, 0)),
    log: '',
    diagnosis: {
      text: 'command 3 (UNKNOWN, byte offset 80): no release has an opcode 250',
      commandIndex: 3,
      byteOffset: 80,
      command: 'UNKNOWN',
    },
  },
  {
    what: 'the header that was logged, with the reason',
    commands: stream,
    log: contextError('Illegal sub-context 9') + illegal(stream[2 * CLEAR_DWORDS]),
    diagnosis: {
      text: 'command 2 (SET_SUB_CTX, byte offset 72): virglrenderer said: Illegal sub-context 9',
      commandIndex: 2,
      byteOffset: 72,
      command: 'SET_SUB_CTX',
    },
  },
  {
    what: 'the header that was logged, without a reason',
    commands: stream,
    log: illegal(stream[2 * CLEAR_DWORDS]),
    diagnosis: {
      text: 'command 2 (SET_SUB_CTX, byte offset 72): virglrenderer said: nothing',
      commandIndex: 2,
      byteOffset: 72,
      command: 'SET_SUB_CTX',
    },
  },
  {
    what: 'the first of several with the header that was logged',
    commands: stream,
    log: illegal(stream[0]),
    diagnosis: {
      text: 'command 0 (CLEAR, byte offset 0): virglrenderer said: nothing',
      commandIndex: 0,
      byteOffset: 0,
      command: 'CLEAR',
    },
  },
  {
    what: 'the header that was logged rather than a cut end after it',
    commands: stream.slice(0, -1),
    log: contextError('Illegal resource 7') + illegal(stream[0]),
    diagnosis: {
      text: 'command 0 (CLEAR, byte offset 0): virglrenderer said: Illegal resource 7',
      commandIndex: 0,
      byteOffset: 0,
      command: 'CLEAR',
    },
  },
  {
    what: 'no command, only the reason, when the header is not in the stream',
    commands: stream,
    log: contextError('Illegal handle 3') + illegal(12345),
    diagnosis: { text: 'Illegal handle 3' },
  },
  {
    what: 'nothing when nothing is known',
    commands: stream,
    log: 'unrelated chatter\n',
    diagnosis: { text: 'virglrenderer gave no reason' },
  },
  {
    what: 'nothing of an empty stream',
    commands: new Uint32Array(),
    log: '',
    diagnosis: { text: 'virglrenderer gave no reason' },
  },
])('$what', ({ commands, log, diagnosis }) => {
  expect(diagnoseSubmit(commands, log)).toEqual(diagnosis);
});

describe('the error', () => {
  const refusal = { errno: 22, lost: false, commands: stream, log: illegal(stream[18]) };

  test('of a refusal has everything that is known', () => {
    const error = submitError('submitCmd', 4, refusal);
    expect(error).toMatchObject({
      name: 'VirglError',
      code: 'ERR_VIRGL_REFUSED',
      message: 'submitCmd: command 2 (SET_SUB_CTX, byte offset 72): virglrenderer said: nothing',
      operation: 'submitCmd',
      contextId: 4,
      commandIndex: 2,
      byteOffset: 72,
      field: 'SET_SUB_CTX',
      errno: 22,
      log: refusal.log,
    });
  });

  test('of a lost context says what to do', () => {
    const error = submitError('submitCmd2', 4, { ...refusal, lost: true });
    expect(error.code).toBe('ERR_VIRGL_CONTEXT_LOST');
    expect(error.message).toMatch(/nothing; context 4 is now in its error state and must be destroyed$/);
  });

  test('leaves out what is not known', () => {
    const error = submitError('submitCmd', 4, { ...refusal, log: '' });
    expect(error).toMatchObject({ message: 'submitCmd: virglrenderer gave no reason', errno: 22 });
    for (const field of ['log', 'commandIndex', 'byteOffset', 'field'] as const)
      expect(error[field]).toBeUndefined();
  });
});
