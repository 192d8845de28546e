// What all objects of a context have in common: a handle, a label, an end.

import { VirglError } from '../protocol/error';

/** The greatest handle of an object. */
export const MAX_HANDLE = 0xffffffff;

/** Where an object lives; what it needs of its context. */
export interface ObjectOwner {
  /** For messages. */
  readonly name: string;
  /** Forgets an object and has it destroyed by the host. */
  release(object: ContextObject): void;
}

/** An object of a context, made by one of its `create…` methods. */
export abstract class ContextObject implements Disposable {
  #destroyed = false;

  /** Made by the context. */
  constructor(
    readonly owner: ObjectOwner,
    /** The handle that commands name. */
    readonly handle: number,
    /** Shown in errors. */
    readonly label: string | undefined,
  ) {}

  /** The kind of object, in Gallium's words. */
  abstract readonly kind: string;

  /** True after {@link destroy}. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** Destroys it with the commands that are flushed next. Safe to call twice. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.owner.release(this);
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** For messages, e.g. `shader "sky" (handle 7)`. */
  describe(): string {
    const name = this.label === undefined ? '' : ` ${JSON.stringify(this.label)}`;
    return `${this.kind}${name} (handle ${this.handle})`;
  }
}

/**
 * The handle of an object for a command of `owner`.
 * @throws VirglError `ERR_VIRGL_ARGUMENT` if it is something else or belongs to another context, `ERR_VIRGL_CLOSED`
 */
export const handleOf = <Kind extends ContextObject>(
  owner: ObjectOwner,
  operation: string,
  field: string,
  object: unknown,
  kind: abstract new (...args: never[]) => Kind,
): number => {
  const details = { operation, field };
  if (!(object instanceof kind)) {
    const received = object instanceof ContextObject ? object.describe() : typeof object;
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `${operation}: expected a ${kind.name} for ${field} but received ${received}`,
      { ...details, value: object },
    );
  }
  if (object.owner !== owner) {
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `${operation}: ${field}: ${object.describe()} belongs to ${object.owner.name}, not to ${owner.name}`,
      details,
    );
  }
  if (object.destroyed) {
    throw new VirglError(
      'ERR_VIRGL_CLOSED',
      `${operation}: ${field}: ${object.describe()} was destroyed`,
      details,
    );
  }
  return object.handle;
};
