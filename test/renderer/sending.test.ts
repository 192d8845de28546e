// When commands are sent, in whose name, and how failures come back.

import { Bind, CommandEncoder, Primitive, TextureTarget, VirglError } from '../../lib/protocol';
import type { Context } from '../../lib/renderer';
import { errorOf, recordingRenderer } from '../support/recording-renderer';
import { Renderer } from '../../lib/renderer';
import { NullHost } from '../../lib/host';

const draw = (context: Context): void => context.draw({ count: 3, mode: Primitive.TRIANGLES });
const refused = () => new VirglError('ERR_VIRGL_REFUSED', 'submitCmd: no', { operation: 'submitCmd' });
const lost = () => new VirglError('ERR_VIRGL_CONTEXT_LOST', 'submitCmd: lost', { operation: 'submitCmd' });

/** A renderer whose host fails submissions while there is something to fail them with. */
const failingRenderer = async () => {
  const failure: { next?: () => VirglError; always?: () => VirglError } = {};
  const recording = await recordingRenderer({
    submitCmd: () => {
      const { next, always } = failure;
      delete failure.next;
      const make = next ?? always;
      if (make !== undefined) throw make();
    },
  });
  return { ...recording, failure };
};

describe('sending', () => {
  test('flush sends what was recorded, once', async () => {
    const { renderer, submissions } = await recordingRenderer();
    const context = await renderer.createContext();
    await context.flush();
    draw(context);
    await context.flush();
    await context.flush();
    expect(submissions).toHaveLength(2);
    expect(submissions[0].commands.map(({ name }) => name)).toEqual([
      ...['CREATE_OBJECT', 'CREATE_OBJECT', 'CREATE_OBJECT', 'CREATE_OBJECT'],
      ...['BIND_OBJECT', 'BIND_OBJECT', 'BIND_OBJECT', 'BIND_OBJECT', 'SET_SAMPLE_MASK'],
    ]);
    expect(submissions[1].commands.map(({ name }) => name)).toEqual(['DRAW_VBO']);
  });

  test('16384 dwords are sent by themselves, whatever was recorded', async () => {
    const { renderer, submissions } = await recordingRenderer();
    const context = await renderer.createContext();
    while (submissions.length === 0) draw(context);
    expect(context.commands.dwords).toBe(0);
    while (submissions.length === 1) context.setState({ sampleMask: 1 });
    while (submissions.length === 2) context.createBlend();
    expect(context.commands.dwords).toBe(0);
    await context.flush();
    expect(submissions).toHaveLength(3);
  });

  test('reading, writing, fences and other streams send first', async () => {
    const { renderer, submissions, host } = await recordingRenderer();
    const context = await renderer.createContext();
    await context.flush();
    const texture = await context.createResource({ width: 4, height: 4, bind: Bind.RENDER_TARGET });
    for (const act of [
      () => texture.read(),
      () => texture.write(new Uint8Array(64)),
      () => context.finished(),
      () => texture.destroy(),
    ]) {
      draw(context);
      const calls = host.calls.length;
      await act();
      expect(host.calls[calls].name).toBe('submitCmd');
      expect(host.calls).toHaveLength(calls + 2);
    }
    draw(context);
    await context.submit(new CommandEncoder().setSampleMask({ mask: 3 }));
    expect(submissions.at(-1)?.commands.map(({ name }) => name)).toEqual(['DRAW_VBO', 'SET_SAMPLE_MASK']);
    expect(context.fence().signaled).toBe(false);
  });

  test('a resource that several contexts use waits for all of them', async () => {
    const { renderer, submissions } = await recordingRenderer();
    const [first, second] = [await renderer.createContext(), await renderer.createContext()];
    await Promise.all([first.flush(), second.flush()]);
    const texture = await first.createResource({ width: 4, height: 4, bind: Bind.RENDER_TARGET });
    await second.attach(texture);
    draw(first);
    draw(second);
    const before = submissions.length;
    await texture.read();
    expect(submissions.slice(before).map(({ contextId }) => contextId)).toEqual([first.id, second.id]);
    draw(second);
    await second.destroy();
    expect(submissions).toHaveLength(before + 3);
    await texture.read();
    expect(submissions).toHaveLength(before + 3);
  });

  test('a fence is reached', async () => {
    const { renderer } = await recordingRenderer();
    const context = await renderer.createContext();
    const fence = context.fence();
    await fence.finished;
    expect(fence.signaled).toBe(true);
  });
});

describe('failures', () => {
  test('flush rejects, and what comes after works', async () => {
    const { renderer, failure } = await failingRenderer();
    const context = await renderer.createContext();
    failure.next = refused;
    await expect(context.flush()).rejects.toMatchObject({ code: 'ERR_VIRGL_REFUSED' });
    draw(context);
    await context.flush();
  });

  test('what was sent on the way fails at the next call, once', async () => {
    const { renderer, failure } = await failingRenderer();
    const context = await renderer.createContext();
    failure.next = refused;
    while (context.commands.dwords > 0) draw(context);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await errorOf(() => draw(context))).code).toBe('ERR_VIRGL_REFUSED');
    draw(context);
    await context.flush();
  });

  test('a lost context stays lost, reads of what it draws fail, and it can be destroyed', async () => {
    const { renderer, failure, host } = await failingRenderer();
    const context = await renderer.createContext();
    const other = await renderer.createContext();
    const texture = await context.createResource({ width: 4, height: 4, bind: Bind.RENDER_TARGET });
    failure.always = lost;
    await expect(context.fence().finished).rejects.toMatchObject({ code: 'ERR_VIRGL_CONTEXT_LOST' });
    delete failure.always;
    for (const act of [
      () => draw(context),
      () => context.flush(),
      () => context.createBlend(),
      () => context.setState({}),
      () => texture.read(),
      () => context.createResource({ width: 1, bind: 2 }),
      () => context.submit(new Uint32Array(1)),
      () => context.createSubContext(),
    ]) {
      expect((await errorOf(act)).code).toBe('ERR_VIRGL_CONTEXT_LOST');
    }
    await context.destroy();
    expect(renderer.contexts).toEqual(new Set([other]));
    expect(host.counts()).toMatchObject({ contexts: 1, resources: 0 });
    draw(other);
    await other.flush();
  });

  test('a destroyed context says so, whatever is called', async () => {
    const { renderer } = await recordingRenderer();
    const context = await renderer.createContext({ label: 'gone' });
    await context.destroy();
    await context.destroy();
    expect(context.destroyed).toBe(true);
    for (const act of [
      () => draw(context),
      () => context.clear({ depth: 1 }),
      () => context.setState({}),
      () => context.createBlend(),
      () => context.createShader({ text: '' }),
      () => context.createResource({ width: 1, bind: 2 }),
      () => context.createBuffer({ bind: 16, data: new Uint8Array(4) }),
      () => context.createQuery({ type: 0 }),
      () => context.createSubContext(),
      () => context.flush(),
      () => context.submit(new Uint32Array(1)),
      () => context.finished(),
    ]) {
      const error = await errorOf(act);
      expect(error.code).toBe('ERR_VIRGL_CLOSED');
      expect(error.message).toContain('"gone"');
    }
  });

  test('a closed renderer', async () => {
    const { renderer } = await recordingRenderer();
    const context = await renderer.createContext();
    await renderer.close();
    await renderer.close();
    expect(renderer.contexts.size).toBe(0);
    expect((await errorOf(() => context.flush())).code).toBe('ERR_VIRGL_CLOSED');
    expect((await errorOf(() => renderer.createContext())).code).toBe('ERR_VIRGL_CLOSED');
  });
});

describe('sub-contexts', () => {
  const names = (commands: readonly { name: string; fields: object }[]) =>
    commands.map(({ name, fields }) =>
      name.endsWith('SUB_CTX') ? `${name} ${(fields as { id: number }).id}` : name,
    );

  test('exist before they send, and every submission says whose it is', async () => {
    const { renderer, submissions } = await recordingRenderer();
    const main = await renderer.createContext();
    const sub = await main.createSubContext({ label: 'sub' });
    expect(names(submissions.at(-1)?.commands ?? [])).toEqual(['CREATE_SUB_CTX 1', 'SET_SUB_CTX 0']);
    expect(sub.id).toBe(main.id);
    await sub.flush();
    expect(names(submissions.at(-1)?.commands ?? []).slice(0, 2)).toEqual(['SET_SUB_CTX 1', 'CREATE_OBJECT']);
    draw(main);
    await main.flush();
    expect(names(submissions.at(-1)?.commands ?? [])).toEqual(['SET_SUB_CTX 0', 'DRAW_VBO']);
    const count = submissions.length;
    await Promise.all([main.flush(), sub.flush()]);
    expect(submissions).toHaveLength(count);
    await sub.destroy();
    expect(names(submissions.at(-1)?.commands ?? [])).toEqual(['SET_SUB_CTX 1', 'DESTROY_SUB_CTX 1']);
    draw(main);
    await main.flush();
  });

  test('share resources but no objects, and end with their context', async () => {
    const { renderer, submissions, host } = await recordingRenderer();
    const main = await renderer.createContext();
    const sub = await main.createSubContext();
    const texture = await main.createResource({ width: 4, height: 4, bind: Bind.RENDER_TARGET });
    sub.setState({ framebuffer: { color: [texture] } });
    const before = submissions.length;
    await texture.read();
    expect(names(submissions.slice(before).flatMap(({ commands }) => commands))).toContain(
      'SET_FRAMEBUFFER_STATE',
    );
    const blend = main.createBlend();
    expect((await errorOf(() => sub.setState({ blend }))).message).toMatch(
      /belongs to context 1, not to context 1, sub-context 1/,
    );
    await sub.createResource({ width: 4, height: 4, bind: Bind.RENDER_TARGET });
    await main.destroy();
    expect(host.counts()).toMatchObject({ contexts: 0, resources: 0 });
    expect((await errorOf(() => sub.flush())).code).toBe('ERR_VIRGL_CLOSED');
  });
});

describe('the renderer', () => {
  test('contexts are counted, and end where their scope ends', async () => {
    const { renderer, host } = await recordingRenderer();
    {
      await using context = await renderer.createContext({ label: 'scoped' });
      await using texture = await context.createResource({ width: 4, height: 4, bind: Bind.RENDER_TARGET });
      expect(renderer.contexts).toEqual(new Set([context]));
      expect(host.calls[1]).toMatchObject({ name: 'contextCreate', args: { name: 'scoped' } });
      expect(host.counts()).toMatchObject({ contexts: 1, resources: 1 });
      expect(texture.destroyed).toBe(false);
    }
    expect(renderer.contexts.size).toBe(0);
    expect(host.counts()).toMatchObject({ contexts: 0, resources: 0 });
  });

  test.each([
    ['null', null, 'options'],
    ['something that is no host', { host: {} }, 'host'],
    ['a host and options of another', { host: new NullHost(), platform: 'egl' }, 'platform'],
  ])('open with %s', async (_name, options, field) => {
    expect(await errorOf(() => Renderer.open(options as never))).toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      field,
    });
  });

  test('createContext with options that it does not know', async () => {
    const { renderer, host } = await recordingRenderer();
    for (const [options, field] of [
      [null, 'options'],
      [{ name: 'x' }, 'name'],
      [{ label: 5 }, 'label'],
    ] as const) {
      expect((await errorOf(() => renderer.createContext(options as never))).field).toBe(field);
    }
    expect(host.counts().contexts).toBe(0);
    await renderer.createContext();
  });

  test('resources of another renderer are foreign', async () => {
    const [one, two] = [await recordingRenderer(), await recordingRenderer()];
    const [context, foreign] = [await one.renderer.createContext(), await two.renderer.createContext()];
    const texture = await foreign.createResource({
      width: 4,
      height: 4,
      bind: Bind.SAMPLER_VIEW,
      label: 'far',
    });
    expect((await errorOf(() => context.attach(texture))).message).toMatch(/same renderer.*far/);
    expect((await errorOf(() => context.createSamplerView({ resource: texture }))).field).toBe('resource');
  });

  test('a resource that can not be attached is not left behind', async () => {
    let fail = true;
    const { renderer, host } = await recordingRenderer({
      ctxAttachResource: () => {
        if (fail) throw refused();
      },
    });
    const context = await renderer.createContext();
    const descriptor = { target: TextureTarget.BUFFER, width: 4, bind: Bind.VERTEX_BUFFER } as const;
    await expect(context.createResource(descriptor)).rejects.toThrow('no');
    expect(host.counts().resources).toBe(0);
    fail = false;
    await context.createResource(descriptor);
  });
});
