// The log of `virgl vtest`: one line an event, for people and as JSON.

import fs from 'node:fs';
import { eventLog } from '../../lib/cli/vtest-log';
import type { VtestServerEvent } from '../../lib/vtest';

const INFO = { client: 3, pid: 77 };
const DID = { commands: 12, submits: 4, receivedBytes: 3 * 1024 * 1024, durationMs: 1234 };

interface Case {
  event: VtestServerEvent;
  level: 'debug' | 'info' | 'warn';
  text: string;
}

const CASES: Case[] = [
  { event: { event: 'listening', path: '/x' }, level: 'info', text: 'listening on /x' },
  { event: { event: 'closed', path: '/x' }, level: 'info', text: 'closed /x' },
  { event: { event: 'connected', ...INFO }, level: 'debug', text: 'client 3 (pid 77) connected' },
  {
    event: { event: 'refused', ...INFO, reason: 'too many' },
    level: 'warn',
    text: 'client 3 (pid 77) was turned away: too many',
  },
  {
    event: { event: 'warning', ...INFO, message: 'TRANSFER_PUT: no' },
    level: 'warn',
    text: 'client 3 (pid 77): TRANSFER_PUT: no',
  },
  {
    event: { event: 'library', ...INFO, message: 'shader failed to compile\n  line 1\n' },
    level: 'debug',
    text: 'client 3 (pid 77): virglrenderer: shader failed to compile | line 1',
  },
  {
    event: { event: 'disconnected', ...INFO, ...DID, name: 'glxgears', lastCommand: 'SUBMIT_CMD' },
    level: 'info',
    text: 'client 3 (pid 77) "glxgears" left: 12 commands, 3.0 MiB, 1.23 s',
  },
  {
    event: { event: 'disconnected', ...INFO, ...DID },
    level: 'info',
    text: 'client 3 (pid 77) "no name" left: 12 commands, 3.0 MiB, 1.23 s',
  },
  {
    event: {
      event: 'disconnected',
      ...INFO,
      ...DID,
      name: 'a"b\n\u001b[31m',
      lastCommand: 'SUBMIT_CMD',
      reason:
        'its session process was killed by SIGSEGV during SUBMIT_CMD; its last words: one\n\u001b[2Jtwo',
      signal: 'SIGSEGV',
    },
    level: 'warn',
    text: 'client 3 (pid 77) "a\\"b\\n\\u001b[31m" was disconnected: its session process was killed by SIGSEGV during SUBMIT_CMD; its last words: one | \\u001b[2Jtwo; its last command was SUBMIT_CMD (12 commands, 3.0 MiB, 1.23 s)',
  },
  {
    event: { event: 'disconnected', ...INFO, ...DID, reason: 'why' },
    level: 'warn',
    text: 'client 3 (pid 77) "no name" was disconnected: why (12 commands, 3.0 MiB, 1.23 s)',
  },
];

describe('for people', () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    jest.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
  });
  afterEach(() => jest.restoreAllMocks());

  test.each(CASES)('$text', ({ event, text }) => {
    eventLog({ verbose: true })(event);
    expect(lines).toEqual([`virgl vtest: ${text}`]);
  });

  test.each(CASES)('$event.event is $level', ({ event, level }) => {
    eventLog({})(event);
    expect(lines).toHaveLength(level === 'debug' ? 0 : 1);
  });
});

describe('as JSON', () => {
  const LEVELS = { debug: 20, info: 30, warn: 40 };
  let written: string;
  beforeEach(() => {
    written = '';
    jest.spyOn(fs, 'writeSync').mockImplementation(((fd: number, text: string) => {
      if (fd === 2) written += text;
      return Buffer.byteLength(text);
    }) as typeof fs.writeSync);
  });
  afterEach(() => jest.restoreAllMocks());

  test.each(CASES)('$text', ({ event, level, text }) => {
    eventLog({ json: true, verbose: true })(event);
    expect(written.split('\n')).toHaveLength(2);
    const { time, ...line } = JSON.parse(written) as Record<string, unknown>;
    expect(line).toEqual({ ...event, level: LEVELS[level], msg: text });
    expect(Math.abs(Number(time) - Date.now())).toBeLessThan(10_000);
  });

  test.each(CASES)('$event.event is $level', ({ event, level }) => {
    eventLog({ json: true })(event);
    expect(written === '').toBe(level === 'debug');
  });
});
