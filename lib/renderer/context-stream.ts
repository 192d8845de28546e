// Recording and sending: the part of a context that knows of commands and failures and of nothing else.

import type { RenderHost } from '../host';
import { CommandEncoder } from '../protocol';
import { invalidArgument, VirglError } from '../protocol/error';
import { Fence } from './fence';
import type { Resource } from './resource';
import type { SubContexts } from './sub-contexts';

/** What a context shares with its renderer and with the sub-contexts beside it. */
export interface ContextHome {
  readonly host: RenderHost;
  /** Id on the host. */
  readonly contextId: number;
  /** Records word for word: see `ContextOptions`. */
  readonly verbatim: boolean;
  /** The given id for a new resource, or a free one. */
  takeResourceId(given?: number): number;
  readonly subContexts: SubContexts;
  /** Resources that this context and its sub-contexts may use. */
  readonly attached: Set<Resource>;
  /** Tells the renderer that the context is gone. */
  onDestroyed(): void;
}

/** Recorded commands are sent when there are this many dwords: early, so that the host draws while more is recorded. */
export const FLUSH_DWORDS = 16384;
/** Failures after which a context never works again. */
const FINAL_FAILURES: readonly string[] = ['ERR_VIRGL_CONTEXT_LOST', 'ERR_VIRGL_CLOSED'];

/** What is recorded for one context or sub-context, and how it is sent. */
export abstract class ContextStream {
  /** What is recorded and not yet sent. Any command may be added. */
  readonly commands = new CommandEncoder();
  #failure: VirglError | undefined;

  constructor(
    protected readonly home: ContextHome,
    /** 0 for the one that every context has. */
    readonly subContextId: number,
    readonly label?: string,
  ) {
    home.subContexts.begin(this.commands, subContextId);
  }

  /** True once the context is being destroyed. */
  abstract get destroyed(): boolean;

  /** Id on the host. */
  get id(): number {
    return this.home.contextId;
  }

  /** For messages. */
  get name(): string {
    if (this.label !== undefined) return `context ${JSON.stringify(this.label)}`;
    return `context ${this.id}${this.subContextId === 0 ? '' : `, sub-context ${this.subContextId}`}`;
  }

  /**
   * Sends what was recorded.
   * @throws VirglError `ERR_VIRGL_CONTEXT_LOST` or `ERR_VIRGL_REFUSED`, also for what was sent on the way since
   */
  async flush(): Promise<void> {
    this.checkAlive('flush');
    if (!this.home.subContexts.isEmpty(this.commands)) await this.#send();
    this.#throwFailure();
  }

  /** Sends what was recorded, and then commands that were encoded elsewhere. They may be reused as soon as this returns. */
  async submit(commands: CommandEncoder | Uint32Array): Promise<void> {
    this.checkAlive('submit');
    const dwords = commands instanceof CommandEncoder ? commands.view() : commands;
    if (!(dwords instanceof Uint32Array) || commands === this.commands)
      throw invalidArgument('submit', 'commands', 'another CommandEncoder or a Uint32Array', commands);
    this.commands.append(dwords);
    await this.flush();
  }

  /** A point after everything recorded so far. */
  fence(): Fence {
    const flushed = this.flush();
    const reached = this.home.host.createFence({ contextId: this.id });
    return new Fence(Promise.all([flushed, reached]).then(() => undefined));
  }

  /** Resolves when everything recorded so far has been executed by the GPU. */
  finished(): Promise<void> {
    return this.fence().finished;
  }

  /** Sends what was recorded; what goes wrong is told by whatever is called next. */
  send(): void {
    if (!this.home.subContexts.isEmpty(this.commands)) void this.#send();
  }

  protected record(operation: string, record: () => unknown): void {
    this.checkAlive(operation);
    record();
    this.sendIfLong();
  }

  protected sendIfLong(): void {
    if (this.commands.dwords >= FLUSH_DWORDS && !this.home.verbatim) void this.#send();
  }

  // Never rejects: a failure is kept for whoever asks next.
  #send(): Promise<void> {
    const { host, contextId, subContexts } = this.home;
    const sent = host.submitCmd({ contextId, commands: this.commands.view() });
    subContexts.begin(this.commands.reset(), this.subContextId);
    return sent.catch((error: VirglError) => this.fail(error));
  }

  protected fail(error: VirglError): void {
    this.#failure ??= error;
  }

  protected checkAlive(operation: string): void {
    this.#throwFailure();
    if (!this.destroyed) return;
    throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: ${this.name} was destroyed`, {
      operation,
      contextId: this.id,
    });
  }

  // A refusal is told once; what came after it works again. A lost context stays lost.
  #throwFailure(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    if (!FINAL_FAILURES.includes(failure.code)) this.#failure = undefined;
    throw failure;
  }
}
