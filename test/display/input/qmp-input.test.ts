// Input as commands to QEMU: in order, one at a time, without movements that are old already.

import { qmpInput, type QmpExecutor } from '../../../lib/display';

interface Sent {
  command: string;
  args: { events: { type: string; data: Record<string, unknown> }[]; head?: number };
}

/** An executor whose answers come when they are asked for. */
const slowQemu = () => {
  const sent: Sent[] = [];
  const answers: (() => void)[] = [];
  const qmp: QmpExecutor = {
    execute: (command, args) => {
      sent.push({ command, args: args as Sent['args'] });
      return new Promise<void>((resolve) => answers.push(resolve));
    },
  };
  const answer = async (): Promise<void> => {
    answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { qmp, sent, answer };
};

const quickQemu = () => {
  const sent: Sent[] = [];
  const qmp: QmpExecutor = {
    execute: async (command, args) => void sent.push({ command, args: args as Sent['args'] }),
  };
  return { qmp, sent };
};

const size = () => ({ width: 100, height: 50 });

test('each stroke is a command of its own', async () => {
  const { qmp, sent } = quickQemu();
  const input = qmpInput({ qmp, size, head: 1 });
  input.key({ keysym: 0x61, scancode: 0x1e, down: true });
  input.key({ keysym: 0x61, scancode: 0x1e, down: false });
  await input.idle();
  expect(sent).toEqual(
    [true, false].map((down) => ({
      command: 'input-send-event',
      args: { head: 1, events: [{ type: 'key', data: { down, key: { type: 'qcode', data: 'a' } } }] },
    })),
  );
});

test('movements that wait give way to later ones; clicks do not', async () => {
  const { qmp, sent, answer } = slowQemu();
  const input = qmpInput({ qmp, size });
  input.pointer({ x: 0, y: 0, buttons: 0 });
  await Promise.resolve();
  await answer();
  for (let x = 1; x < 50; x += 1) input.pointer({ x, y: 0, buttons: 0 });
  input.pointer({ x: 50, y: 0, buttons: 1 });
  input.pointer({ x: 50, y: 0, buttons: 0 });
  input.pointer({ x: 51, y: 0, buttons: 0 });
  for (let count = 0; count < 10; count += 1) await answer();
  await input.idle();
  const events = sent.map(({ args }) => args.events);
  expect(events.map((list) => list.length)).toEqual([2, 3, 3, 2]);
  expect(events[1][2]).toEqual({ type: 'btn', data: { button: 'left', down: true } });
  expect(events[3][0].data).toEqual({ axis: 'x', value: Math.floor((51.5 * 0x8000) / 100) });
});

test('a QEMU that never answers costs no memory without end', async () => {
  const { qmp, sent } = slowQemu();
  const input = qmpInput({ qmp, size });
  for (let count = 0; count < 5000; count += 1) input.key({ keysym: 0x61, down: count % 2 === 0 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toHaveLength(1);
});

test('a refusal is told, and the next is sent', async () => {
  const errors: unknown[] = [];
  let calls = 0;
  const qmp: QmpExecutor = {
    execute: async () => {
      calls += 1;
      if (calls === 1) throw new Error('no keyboard');
    },
  };
  const input = qmpInput({ qmp, size, onError: (error) => errors.push(error) });
  input.key({ keysym: 0x61, down: true });
  input.releaseAll();
  await input.idle();
  expect(errors).toEqual([new Error('no keyboard')]);
  expect(calls).toBe(2);
});
