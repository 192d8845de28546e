// A context: one command stream with its own objects, on a renderer.

import type { RenderHost } from '../host';
import { CommandEncoder } from '../protocol/encoder';
import { invalidArgument, VirglError } from '../protocol/error';
import { Resource, type ResourceDescriptor } from './resource';

/** Options of `Renderer.createContext`. */
export interface ContextOptions {
  /** Shown in virglrenderer's log and in errors. At most 64 bytes. */
  label?: string;
}

/** One command stream with its objects; resources made by it are attached to it. Made by `Renderer.createContext`. */
export class Context implements AsyncDisposable {
  readonly #resources = new Set<Resource>();
  readonly #nextResourceId: () => number;
  #nextHandle = 1;
  #destroyed: Promise<void> | undefined;

  /** Made by `Renderer.createContext`. */
  constructor(
    readonly host: RenderHost,
    /** Id on the host. */
    readonly id: number,
    nextResourceId: () => number,
    readonly label?: string,
  ) {
    this.#nextResourceId = nextResourceId;
  }

  /** A handle for a new object, that no object of this context has had. */
  allocateHandle(): number {
    return this.#nextHandle++;
  }

  /**
   * Makes a buffer or texture and attaches it to this context.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_REFUSED` when virglrenderer does not make such a thing
   */
  async createResource(descriptor: ResourceDescriptor): Promise<Resource> {
    this.#checkAlive('createResource');
    const resource = await Resource.create(this.host, this.#nextResourceId(), descriptor);
    await this.host.ctxAttachResource({ contextId: this.id, resourceId: resource.id });
    this.#resources.add(resource);
    return resource;
  }

  /**
   * Executes commands. What is encoded may be reused as soon as this returns.
   * @throws VirglError `ERR_VIRGL_REFUSED`, or `ERR_VIRGL_CONTEXT_LOST` naming the command where that can be told
   */
  submit(commands: CommandEncoder | Uint32Array): Promise<void> {
    const dwords = commands instanceof CommandEncoder ? commands.view() : commands;
    if (!(dwords instanceof Uint32Array)) {
      return Promise.reject(
        invalidArgument('submit', 'commands', 'a CommandEncoder or a Uint32Array', commands),
      );
    }
    return this.host.submitCmd({ contextId: this.id, commands: dwords });
  }

  /** Resolves when everything submitted so far has been executed. */
  finished(): Promise<void> {
    return this.host.createFence({ contextId: this.id });
  }

  /** Destroys the context, its objects and the resources it made. Safe to call twice. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy();
    return this.#destroyed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  async #destroy(): Promise<void> {
    await Promise.all([...this.#resources].map((resource) => resource.destroy()));
    await this.host.contextDestroy({ contextId: this.id });
  }

  #checkAlive(operation: string): void {
    if (this.#destroyed === undefined) return;
    throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: context ${this.label ?? this.id} was destroyed`, {
      operation,
      contextId: this.id,
    });
  }
}
