// Steps of a stream that make objects and end them.

import { VirglError } from '../../../../protocol/error';
import type { ContextObject } from '../../../../renderer';
import { typeOfKind } from '../../../../renderer/object-table';
import { listCode, prefixed } from '../code';
import { isEqual, packetsAt, shaderOf } from '../stream';
import { OBJECT_CALLS, type ObjectCall, queryCall, shaderCall } from './object-calls';
import { attempt, type KnownCommand, type StreamWalk, type Values } from './stream-walk';
import { type Entry, objectTerm, plainTerm } from './term';

/** How an object is made, and where its commands end. */
type Found = readonly [call: ObjectCall, end: number];

/** Writes objects. */
export class ObjectSteps {
  readonly #walk: StreamWalk;

  constructor(walk: StreamWalk) {
    this.#walk = walk;
  }

  /** Makes the object that comes next. @returns whether it could */
  async create(): Promise<boolean> {
    const command = this.#walk.known(this.#walk.index);
    const found = command === undefined ? undefined : this.#objectCall(command);
    if (command === undefined || found === undefined || !this.#walk.fits(found[1])) return false;
    const { live, parts } = this.#walk;
    const [call] = found;
    const fields = command.fields as Values;
    const scope = { values: parts.values, resources: live.resources };
    for (const entries of attempt(() => call.descriptors(fields, scope)) ?? []) {
      if (!(await this.#gives(found, entries, Number(fields.handle)))) continue;
      await this.#make(found, entries, Number(fields.handle));
      return true;
    }
    return false;
  }

  /** Ends the object that ends next. @returns whether it could */
  destroy(): boolean {
    const command = this.#walk.known(this.#walk.index);
    if (command === undefined || command.name !== 'DESTROY_OBJECT') return false;
    const { live, parts } = this.#walk;
    const { handle, type } = command.fields;
    const known = live.objects.get(handle);
    if (known === undefined || known.object.destroyed || typeOfKind(known.object.kind) !== type) return false;
    const dwords = live.dry((encoder) => encoder.destroyObject({ type, handle }));
    if (!isEqual(dwords, this.#walk.dwords(this.#walk.index, this.#walk.index + 1))) return false;
    const recorded = live.commit(() => known.object.destroy());
    live.objects.delete(handle);
    parts.emit({ code: `${known.name}.destroy()` });
    return this.#walk.took(this.#walk.index + 1, recorded, 'destroy');
  }

  #objectCall(command: KnownCommand): Found | undefined {
    if (command.name !== 'CREATE_OBJECT') return undefined;
    const end = this.#walk.index + 1;
    if (command.object === 'SHADER') {
      const packets = packetsAt(this.#walk.commands, this.#walk.index);
      const args = shaderOf(packets);
      return args === undefined ? undefined : [shaderCall(args), this.#walk.index + packets.length];
    }
    if (command.object === 'QUERY') {
      return [queryCall(this.#walk.parts.memoryOf(command.fields.resource)), end];
    }
    const call = OBJECT_CALLS[command.object];
    return call === undefined ? undefined : [call, end];
  }

  async #gives([call, end]: Found, entries: readonly Entry[], handle: number): Promise<boolean> {
    const { scratch, host } = this.#walk.live;
    scratch.commands.reset();
    try {
      await (scratch[call.method] as (arg: unknown) => unknown)({
        ...(objectTerm(entries).value as object),
        handle,
      });
      return isEqual(scratch.commands.view(), this.#walk.dwords(this.#walk.index, end));
    } catch (error) {
      if (error instanceof VirglError) return false;
      throw error;
    } finally {
      scratch.commands.reset();
      // What is too long was sent by itself.
      host.take();
    }
  }

  async #make([call, end]: Found, entries: readonly Entry[], handle: number): Promise<void> {
    const { live, parts } = this.#walk;
    const head: readonly Entry[] = handle === live.nextHandle ? [] : [['handle', plainTerm(handle)]];
    const arg = objectTerm([...head, ...entries]);
    const made = (live.context[call.method] as (arg: unknown) => ContextObject | Promise<ContextObject>).bind(
      live.context,
    );
    let object: ContextObject | Promise<ContextObject> | undefined;
    const recorded = live.commit(() => (object = made(arg.value)));
    this.#walk.took(end, recorded, call.method);
    const name = parts.nameOf(live, call.word, handle);
    live.objects.set(handle, { object: (await object) as ContextObject, name });
    live.took(handle);
    const isEmpty = Object.keys(arg.value as object).length === 0;
    const code = listCode(`${live.name}.${call.method}(`, isEmpty ? [] : [arg.code], ')');
    const awaited = call.method === 'createQuery' ? prefixed('await ', code) : code;
    parts.emit({ code: awaited, declares: { name, type: call.type } });
  }
}
