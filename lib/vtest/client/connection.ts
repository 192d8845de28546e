// The connection of a vtest client: requests go out in batches, and what comes back is matched with them in order.
// The protocol has no error replies: a server that does not like a request closes the connection.

import { VirglError, type VirglErrorCode } from '../../protocol/error';
import { ClientInput, type ClientSocket, EndOfInput } from './input';
import { readReply } from './replies';
import type { VtestCommandName } from '../commands';
import { encodeRequest } from './requests';

/** What is known about the end of a connection beside that it has ended. */
export interface ConnectionEnd {
  /** In words, for example how the server's process ended. */
  reason?: string;
  /** What the server said about a stream that it refused. */
  refusedStream?: string;
}

/** What the answer to a request is read with; requests without one have no answer. */
export type ReadReply<Result> = (input: ClientInput) => Promise<Result>;

interface Request {
  name: VtestCommandName;
  /** Number on this connection, from 1. */
  number: number;
  resolve(value: unknown): void;
  reject(error: VirglError): void;
}

/** A request with an answer. */
interface Answered extends Request {
  read: ReadReply<unknown>;
  /** Requests without an answer before it: they were executed when it is answered. */
  before: Request[];
}

/** Parts of this size or less are put together, because each costs the system more than copying it. */
const SMALL_PART_BYTES = 2048;

/** Puts small neighbours together. */
const joinSmall = (parts: readonly Uint8Array[]): Uint8Array[] => {
  const joined: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  const endRun = (): void => {
    if (run.length > 0) joined.push(run.length === 1 ? run[0] : Buffer.concat(run));
    run = [];
  };
  for (const part of parts) {
    if (part.byteLength <= SMALL_PART_BYTES) {
      run.push(part);
      continue;
    }
    endRun();
    joined.push(part);
  }
  endRun();
  return joined;
};

/** Requests in flight to one server. */
export class ClientConnection {
  readonly #socket: ClientSocket;
  readonly #input: ClientInput;
  /** Bytes that were not handed to the socket yet. */
  #unsent: Uint8Array[] = [];
  #sending = false;
  /** Requests that the next answer will show to have been executed. */
  #unanswered: Request[] = [];
  readonly #expected: Answered[] = [];
  #receiving = false;
  #lastNumber = 0;
  #failure: VirglError | undefined;

  /** @param whyEnded what else is known when the server has closed the connection */
  constructor(
    socket: ClientSocket,
    private readonly whyEnded: () => Promise<ConnectionEnd> = nothingKnown,
  ) {
    this.#socket = socket;
    this.#input = new ClientInput(socket);
  }

  /** Why there will be no more answers. */
  get failure(): VirglError | undefined {
    return this.#failure;
  }

  /**
   * Sends a request. Its bytes must not change before the promise settles.
   * @param read reads the answer; without it the promise resolves when a later request was answered, which is asked for
   * @throws VirglError `ERR_VIRGL_CLOSED`, `ERR_VIRGL_DECODE` when the server sends what it should not
   */
  request<Result = void>(
    name: VtestCommandName,
    parts: readonly Uint8Array[],
    read?: ReadReply<Result>,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#laterError(name, this.#failure));
        return;
      }
      this.#unsent.push(...parts);
      const number = (this.#lastNumber += 1);
      const request: Request = { name, number, resolve: resolve as (value: unknown) => void, reject };
      if (read === undefined) this.#unanswered.push(request);
      else this.#expect({ ...request, read, before: this.#unanswered.splice(0) });
      this.#sendSoon();
    });
  }

  /** Ends the connection; pending requests reject. Harmless when it has ended. */
  close(): void {
    this.#fail(new VirglError('ERR_VIRGL_CLOSED', 'the vtest client was closed'));
  }

  /** Ends the connection with a reason of somebody who knows more. */
  fail(code: VirglErrorCode, why: string): void {
    this.#fail(new VirglError(code, why));
  }

  #expect(request: Answered): void {
    this.#expected.push(request);
    if (!this.#receiving) void this.#receive();
  }

  // Everything that is asked for in one turn goes out together.
  #sendSoon(): void {
    if (this.#sending) return;
    this.#sending = true;
    queueMicrotask(() => void this.#send());
  }

  async #send(): Promise<void> {
    try {
      while (this.#unsent.length > 0) {
        this.#addBarrier();
        const parts = joinSmall(this.#unsent);
        this.#unsent = [];
        await this.#socket.send(parts);
      }
    } catch (error) {
      // What the server said before it closed may still be there to be read, which also finds the end.
      if (this.#expected.length === 0) await this.#failClosed(error);
    } finally {
      this.#sending = false;
    }
  }

  /** Whoever waits for a request without an answer waits for that of the next one, which must come. */
  #addBarrier(): void {
    if (this.#unanswered.length === 0) return;
    // Every server answers this, and after everything before it was executed; PING may be answered earlier.
    const name = 'RESOURCE_BUSY_WAIT';
    this.#unsent.push(...encodeRequest(name, { handle: 0, flags: 0 }));
    this.#expect({
      name,
      number: (this.#lastNumber += 1),
      read: (input) => readReply(name, input),
      before: this.#unanswered.splice(0),
      resolve: () => undefined,
      reject: () => undefined,
    });
  }

  async #receive(): Promise<void> {
    this.#receiving = true;
    try {
      for (let [next] = this.#expected; next !== undefined; [next] = this.#expected) {
        const value = await next.read(this.#input);
        this.#expected.shift();
        for (const { resolve } of next.before) resolve(undefined);
        next.resolve(value);
      }
    } catch (error) {
      if (error instanceof VirglError && !isSystem(error)) this.#fail(error);
      else await this.#failClosed(error);
    } finally {
      this.#receiving = false;
    }
  }

  async #failClosed(cause: unknown): Promise<void> {
    const known = await this.whyEnded();
    this.#fail(this.#closedError(cause, known));
  }

  #closedError(cause: unknown, known: ConnectionEnd): VirglError {
    const [answered] = this.#expected;
    const oldest = answered?.before[0] ?? answered ?? this.#unanswered[0];
    const suspect =
      oldest === undefined
        ? 'nothing was in flight'
        : `the oldest command in flight, which may be why, is ${oldest.name} (number ${oldest.number} of this connection)`;
    const error = cause instanceof EndOfInput ? undefined : cause;
    const how = known.reason ?? (error as Error | undefined)?.message;
    const why = how === undefined ? '' : ` (${how})`;
    return new VirglError('ERR_VIRGL_CLOSED', `the vtest server closed the connection${why}; ${suspect}`, {
      operation: oldest?.name,
      log: known.refusedStream,
      cause: error,
    });
  }

  #laterError(name: VtestCommandName, cause: VirglError): VirglError {
    return new VirglError('ERR_VIRGL_CLOSED', `${name}: ${cause.message}`, { operation: name, cause });
  }

  #fail(error: VirglError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const pending = this.#expected.splice(0).flatMap((answered) => [...answered.before, answered]);
    pending.push(...this.#unanswered.splice(0));
    this.#unsent = [];
    this.#input.close();
    this.#socket.close();
    for (const { reject } of pending) reject(error);
  }
}

const nothingKnown = (): Promise<ConnectionEnd> => Promise.resolve({});

/** Errors of the socket say how the connection ended; other errors are about what was read. */
const isSystem = ({ code }: VirglError): boolean => code === 'ERR_VIRGL_SYSTEM';
