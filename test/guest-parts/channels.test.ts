// What comes from a guest: output of programs, reports of process 1, answers of QEMU.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { QmpClient, type QmpEvent } from '../../lib/guest';
import { GuestAgent } from '../../lib/guest/machine/agent';
import { MarkedStream } from '../../lib/guest/machine/marked-stream';

const folder = mkdtempSync(path.join(os.tmpdir(), 'guest-channels-'));
const sockets: Socket[] = [];
let count = 0;
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  rmSync(folder, { recursive: true });
});

/** Both ends of a connection. */
const pair = async (): Promise<[Socket, Socket]> => {
  const file = path.join(folder, String((count += 1)));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(file, resolve));
  const client = connect(file);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  server.close();
  sockets.push(client, accepted);
  return [client, accepted];
};

describe('a stream with marks', () => {
  const split = async (chunks: readonly string[]): Promise<string> => {
    const stream = new MarkedStream();
    let text = '';
    const ended = stream.follow('7f', (bytes) => (text += String(bytes)));
    for (const chunk of chunks) stream.receive(Buffer.from(chunk));
    await ended;
    return text;
  };

  test('ends at the mark, wherever it is cut', async () => {
    const whole = 'some\x1e output\x1e7\x1e7f\x1e';
    for (let cut = 0; cut <= whole.length; cut += 1)
      expect(await split([whole.slice(0, cut), whole.slice(cut)])).toBe('some\x1e output\x1e7');
    expect(await split([...whole])).toBe('some\x1e output\x1e7');
  });

  test('hands on at once what can not be a mark', () => {
    const stream = new MarkedStream();
    const parts: string[] = [];
    void stream.follow('7f', (bytes) => parts.push(String(bytes)));
    stream.receive(Buffer.from('a line\n'));
    stream.receive(Buffer.from('another\x1e7'));
    expect(parts).toEqual(['a line\n', 'another']);
  });

  test('drops what nobody follows', () => {
    expect(() => new MarkedStream().receive(Buffer.from('noise'))).not.toThrow();
  });
});

describe('programs in a guest', () => {
  /** An agent, and the guest's ends of its ports. */
  const open = async () => {
    const [control, guest] = await pair();
    const [stdout, guestStdout] = await pair();
    const [stderr, guestStderr] = await pair();
    return { agent: new GuestAgent({ control, stdout, stderr }), guest, guestStdout, guestStderr };
  };

  test('are sent as a script; their output and exit code come back', async () => {
    const { agent, guest, guestStdout, guestStderr } = await open();
    guest.write('ready 6.1.0\n');
    expect(await agent.ready).toBe('6.1.0');
    const report = agent.run(['echo', "it's"], { env: { A: 'b c' } });
    const [order] = (await once(guest, 'data')) as [Buffer];
    const [word, id = '', script = ''] = String(order).trim().split(' ');
    expect(word).toBe('run');
    expect(String(Buffer.from(script, 'base64'))).toBe("export A='b c'\nexec 'echo' 'it'\\''s'\n");
    await expect(agent.run(['true'])).rejects.toMatchObject({ code: 'ERR_VIRGL_IN_USE' });
    // The report may come before the output.
    guest.write(`exit ${id} 3\n`);
    guestStdout.write(`out\x1e${id}\x1e`);
    guestStderr.write(`err\x1e${id}\x1e`);
    expect(await report).toMatchObject({ exitCode: 3, stdout: 'out', stderr: 'err', isTimedOut: false });
  });

  test('are killed when their time is up', async () => {
    const { agent, guest, guestStdout, guestStderr } = await open();
    const report = agent.run('sleep 100', { timeoutMs: 10 });
    let said = '';
    guest.on('data', (bytes) => {
      said += String(bytes);
      const [, id] = /^run (\S+)/.exec(said) ?? [];
      if (!said.endsWith('kill\n')) return;
      for (const port of [guestStdout, guestStderr]) port.write(`\x1e${id}\x1e`);
      guest.write(`exit ${id} 137\n`);
    });
    expect(await report).toMatchObject({ exitCode: 137, isTimedOut: true });
  });

  test('are lost when the guest starts again, and the next one runs', async () => {
    const { agent, guest, guestStdout, guestStderr } = await open();
    guest.write('ready 6.1.0\n');
    await agent.ready;
    const lost = agent.run('reboot -f');
    await once(guest, 'data');
    const again = agent.nextStart();
    guest.write('ready 6.1.0\n');
    await expect(lost).rejects.toMatchObject({
      code: 'ERR_VIRGL_CLOSED',
      message: 'guest run: the guest started again before the program ended',
    });
    expect(await again).toBe('6.1.0');
    const next = agent.run('true');
    const [order] = (await once(guest, 'data')) as [Buffer];
    const [, id = ''] = String(order).split(' ');
    for (const port of [guestStdout, guestStderr]) port.write(`\x1e${id}\x1e`);
    guest.write(`exit ${id} 0\n`);
    expect(await next).toMatchObject({ exitCode: 0 });
  });

  test('the shell at the terminal tells how it ended, whatever else runs', async () => {
    const { agent, guest } = await open();
    void agent.run('sleep 100');
    guest.write('shell 5\n');
    expect(await agent.shellExit).toBe(5);
  });
});

describe('QMP', () => {
  const open = async () => {
    const [socket, qemu] = await pair();
    const events: QmpEvent[] = [];
    qemu.write('{"QMP":{"version":{}}}\n');
    const client = QmpClient.open(socket, (event) => events.push(event));
    const [hello] = (await once(qemu, 'data')) as [Buffer];
    expect(JSON.parse(String(hello))).toMatchObject({ execute: 'qmp_capabilities' });
    qemu.write(`{"return":{},"id":${(JSON.parse(String(hello)) as { id: number }).id}}\n`);
    return { client: await client, qemu, events };
  };

  test('answers belong to their commands; events are told', async () => {
    const { client, qemu, events } = await open();
    const answers = [client.execute('a'), client.execute('b', { x: 1 })];
    await once(qemu, 'data');
    qemu.write('{"event":"RESET","data":{"guest":true}}\n{"return":"B","id":3}\n{"return":"A","id":2}\n');
    expect(await Promise.all(answers)).toEqual(['A', 'B']);
    expect(events).toEqual([{ event: 'RESET', data: { guest: true } }]);
  });

  test('a refusal is in the words of QEMU', async () => {
    const { client, qemu } = await open();
    const answer = client.execute('screendump');
    qemu.write('{"error":{"class":"GenericError","desc":"no such device"},"id":2}\n');
    await expect(answer).rejects.toMatchObject({
      code: 'ERR_VIRGL_REFUSED',
      message: 'screendump: QEMU refused: no such device',
    });
  });

  test('commands fail when QEMU ends', async () => {
    const { client, qemu } = await open();
    const answer = client.execute('quit');
    qemu.destroy();
    await expect(answer).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
    await expect(client.execute('quit')).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
  });
});
