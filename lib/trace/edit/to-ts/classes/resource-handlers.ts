// Resources in the typed classes: made, attached, ended.

import { Format, TextureTarget } from '../../../../protocol';
import { VirglError } from '../../../../protocol/error';
import { Resource } from '../../../../renderer';
import type { CallRecord } from '../../../model';
import { isRange } from '../calls';
import { type Code, listCode, prefixed } from '../code';
import { argsOf, type ClassScope, type ClassWriting, type Handlers, submitCall } from './class-scope';
import type { LiveContext } from './live-context';
import { descriptorEntries, type ResourceShape, shapeOf } from './resource-descriptor';
import { isSameCall } from './same-call';
import { ShadowHost } from './shadow-host';
import { type Entry, objectTerm, plainTerm, unless } from './term';
import { dataTerm, TransferTrials } from './transfer-trials';

/** A resource that was made, and how. */
interface Made {
  readonly resource: Resource;
  readonly code: Code;
  /** How many calls that took. */
  readonly taken: number;
}

// The memory whose beginning is the backing of a resource.
const memoryOf = (backing: unknown): number | undefined => {
  const [range, ...others] = Array.isArray(backing) ? (backing as unknown[]) : [];
  return isRange(range) && others.length === 0 && range.offsetBytes === 0 ? range.memoryId : undefined;
};

/** Writes the calls of resources. */
export class ResourceHandlers {
  readonly handlers: Handlers = {
    resourceCreate: (call) => this.#resourceCreate(call),
    resourceAttachIov: (call) => this.#attachIov(call),
    ctxAttachResource: (call) => this.#attach(call),
    resourceUnref: (call) => this.#unref(call),
  };
  readonly #scope: ClassScope;
  readonly #trialHost = new ShadowHost();
  #nextResourceId = 1;

  constructor(scope: ClassScope) {
    this.#scope = scope;
  }

  get #writing(): ClassWriting {
    return this.#scope.writing;
  }

  async #resourceCreate(call: CallRecord): Promise<number> {
    if (this.#writing.refusal() !== undefined) return 0;
    const shape = shapeOf(call);
    const { values } = this.#writing;
    const entries = descriptorEntries(shape, values, (range) => this.#writing.rangeCode(range));
    const trials = await this.#trialsOf(entries, shape);
    if (trials === undefined) return 0;
    await this.#scope.flushUnsent();
    this.#writing.flushWrites();
    const live = this.#attachedTo(shape);
    const made =
      live === undefined
        ? await this.#createAlone(call, shape, entries)
        : await this.#createIn(live, call, shape, entries);
    const name = values.names.wordOf('resource', shape.resourceId);
    const users = new Set<LiveContext>();
    this.#scope.resources.add({
      resource: made.resource,
      name,
      trials,
      users,
      memoryId: memoryOf(shape.backing),
    });
    this.#writing.emit({ code: prefixed('await ', made.code), declares: { name, type: 'Resource' } });
    if (live === undefined) return made.taken;
    live.owned.add(made.resource);
    await this.#attachScratch(live, made.resource);
    return made.taken;
  }

  // The context that a resource is attached to as soon as it is made.
  #attachedTo({ resourceId }: ResourceShape): LiveContext | undefined {
    const attach = this.#writing.ahead(1);
    if (attach?.name !== 'ctxAttachResource' || argsOf(attach).resourceId !== resourceId) return undefined;
    return this.#scope.contexts.get(Number(argsOf(attach).contextId));
  }

  async #createIn(
    live: LiveContext,
    call: CallRecord,
    shape: ResourceShape,
    entries: readonly Entry[],
  ): Promise<Made> {
    const { resourceId } = shape;
    const id = unless(resourceId === this.#nextResourceId, 'id', () => plainTerm(resourceId));
    const buffer = id.length > 0 ? undefined : await this.#createBuffer(call, live, shape);
    const made = buffer ?? (await this.#createAttached(call, live, [...id, ...entries]));
    this.#nextResourceId = Math.max(this.#nextResourceId, resourceId + 1);
    return made;
  }

  // A resource of the same shape that nobody uses; undefined for one that the class does not know.
  async #trialsOf(entries: readonly Entry[], shape: ResourceShape): Promise<TransferTrials | undefined> {
    try {
      const descriptor = objectTerm(entries).value as Parameters<typeof Resource.create>[2];
      const twin = await Resource.create(this.#trialHost, shape.resourceId, descriptor);
      this.#trialHost.take();
      return new TransferTrials(twin, this.#trialHost, this.#writing.values);
    } catch (error) {
      if (error instanceof VirglError) return undefined;
      throw error;
    }
  }

  async #createAlone(call: CallRecord, shape: ResourceShape, entries: readonly Entry[]): Promise<Made> {
    const arg = objectTerm(entries);
    const resource = await Resource.create(this.#scope.host, shape.resourceId, arg.value as never);
    this.#scope.expectCalls([call]);
    const code = listCode('Resource.create(', ['host', String(shape.resourceId), arg.code], ')');
    return { resource, code, taken: 1 };
  }

  async #createAttached(call: CallRecord, live: LiveContext, entries: readonly Entry[]): Promise<Made> {
    const arg = objectTerm(entries);
    const resource = await live.context.createResource(arg.value as never);
    this.#scope.expectCalls([call, this.#writing.ahead(1) ?? call]);
    return { resource, code: listCode(`${live.name}.createResource(`, [arg.code], ')'), taken: 2 };
  }

  // A buffer that is filled at once.
  async #createBuffer(call: CallRecord, live: LiveContext, shape: ResourceShape): Promise<Made | undefined> {
    const { resourceId, target, bind, width } = shape;
    const flushes = live.pendingDwords > 0;
    const write = this.#writing.ahead(flushes ? 3 : 2);
    const { from } = write === undefined ? {} : (argsOf(write) as { from?: unknown });
    if (target !== TextureTarget.BUFFER || !(from instanceof Uint8Array)) return undefined;
    const data = dataTerm(from, this.#writing.values);
    const arg = objectTerm([
      ['bind', { value: bind, code: this.#writing.values.names.flags('Bind', bind) }],
      ['data', data],
    ]);
    const created = {
      name: 'resourceCreate',
      args: { resourceId, target, format: Format.R8_UNORM, bind, width },
    } as const;
    const box = { x: 0, y: 0, z: 0, w: width, h: 1, d: 1 };
    const written = { name: 'transferWriteIov', args: { resourceId, box, from } } as const;
    if (!isSameCall(call, created) || write === undefined || !isSameCall(write, written)) return undefined;
    const dwords = live.context.commands.view().slice();
    const submit = flushes ? [submitCall({ live, dwords })] : [];
    const between = flushes ? this.#writing.ahead(2) : undefined;
    if (flushes && !(between !== undefined && submit[0] !== undefined && isSameCall(between, submit[0])))
      return undefined;
    const resource = await live.context.createBuffer(arg.value as never);
    const attach = { name: 'ctxAttachResource', args: { contextId: live.context.id, resourceId } } as const;
    this.#scope.expectCalls([call, attach, ...submit, write]);
    if (flushes) this.#scope.countByClass(dwords);
    const code = listCode(`${live.name}.createBuffer(`, [arg.code], ')');
    return { resource, code, taken: 3 + submit.length };
  }

  async #attachScratch(live: LiveContext, resource: Resource): Promise<void> {
    this.#scope.resources.get(resource.id)?.users.add(live);
    await live.scratch.attach(resource);
    this.#scope.host.take();
  }

  async #attach(call: CallRecord): Promise<number> {
    const { contextId, resourceId } = argsOf(call) as { contextId: number; resourceId: number };
    const live = this.#scope.contexts.get(contextId);
    const known = this.#scope.resources.get(resourceId);
    if (this.#writing.refusal() !== undefined || live === undefined || known === undefined) return 0;
    await this.#scope.flushUnsent();
    await live.context.attach(known.resource);
    this.#scope.expectCalls([call]);
    await this.#attachScratch(live, known.resource);
    this.#writing.emit({ code: `await ${live.name}.attach(${known.name})` });
    return 1;
  }

  #attachIov(call: CallRecord): Promise<number> {
    const known = this.#scope.resources.get(Number(argsOf(call).resourceId));
    if (known !== undefined) known.memoryId = memoryOf(argsOf(call).backing);
    return Promise.resolve(0);
  }

  async #unref(call: CallRecord): Promise<number> {
    const { resourceId } = argsOf(call) as { resourceId: number };
    const known = this.#scope.resources.get(resourceId);
    if (known === undefined) return 0;
    await this.#scope.flushUnsent();
    if (
      this.#writing.refusal() !== undefined ||
      this.#scope.hasViews(known) ||
      this.#scope.isDisturbed(resourceId)
    ) {
      this.#writing.byHand(call);
    } else {
      await known.resource.destroy();
      this.#scope.expectCalls([call]);
      this.#writing.emit({ code: `await ${known.name}.destroy()` });
    }
    this.#scope.resources.remove(resourceId);
    return 1;
  }
}
