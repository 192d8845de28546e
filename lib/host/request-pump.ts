// Requests of a client that are run without JavaScript, as far as a table describes them; see native/pump/request_pump.h.

import { addon, callNative, type NativePump } from './addon';
import { HOST_CALLS } from './call-table';
import { type FileDescriptor, wrapFileDescriptor } from './file-descriptor';
import type { InlineChannel } from './inline-channel';
import { nativeUnixSocket, type UnixSocket } from './ipc/unix-socket';
import type { NativeCalls } from './native-calls';
import type { PumpRecorder } from './pump-recorder';
import type { ReleasedBuffer } from './released-buffer';
import { refusal } from './refusal';
import type { ResourceCreateArgs } from './render-host';
import { nativeMemory, type SharedMemory, wrapMemory } from './shared-memory';

/** What the requests of one kind ask for. Their dwords follow a header: dwords of the tail, and the kind's id. */
export interface PumpRow {
  id: number;
  /** native/pump/pump_table.h says what each does, and which arguments it has. */
  action: 'answer' | 'submit' | 'create' | 'drop' | 'upload' | 'download' | 'put' | 'get' | 'settle';
  /** Dwords that every request of this kind has. */
  fixedWords: number;
  /** What follows them: as many dwords as the header says, or as many bytes as the last argument says. */
  tail: 'none' | 'dwords' | 'bytes';
  /** Not for the pump before there is a context. */
  needsContext: boolean;
  /** Where the action's arguments are among the fixed dwords. */
  slots: readonly number[];
  /** {slot, least, most} of each dword whose value decides whether a request is for the pump. */
  only: readonly number[];
  /** The answer, in front of what the action tells. */
  answer: readonly number[];
}

/** How a pump is set up. */
export interface RequestPumpOptions {
  socket: UnixSocket;
  rows: readonly PumpRow[];
  /** Three words, for who watches: id of the request that is being run or 0, requests begun, id of the last. */
  progress: SharedMemory;
  maxRequestBytes: number;
  /** Of memories that clients share and that may be used again, so many descriptors stay open. */
  maxOpenMemories: number;
  /** A descriptor that ends a run when it is readable; -1 for none. */
  alsoWake: number;
  /** Of a host that records what is called on it. */
  recorder?: PumpRecorder;
}

/** A host that may run requests natively. Decorators of hosts that don't offer it take part in every call instead. */
export interface PumpHost {
  /** Undefined where it can't. @throws VirglError `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_CLOSED` */
  startPump(options: RequestPumpOptions): RequestPump | undefined;
}

/** Whether a host is one of these. */
export const isPumpHost = (host: object): host is PumpHost =>
  typeof (host as Partial<PumpHost>).startPump === 'function';

/** What a run is told of the session. */
export interface PumpRun {
  contextId: number;
  /** Whether clients leave it to the server to choose ids. */
  choosesIds: boolean;
  /** Bytes that all buffers of the pump may have. */
  budgetBytes: number;
  /** -1 for ever. */
  waitMs: number;
}

/** Bytes that were received and that nobody has handled: those from `start` to `end`. */
export interface PumpInbox {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
}

/** Why a run stopped, by native number. */
const STOPS = [
  'none',
  /** The client has ended the connection. */
  'closed',
  /** Nothing came in time, or `alsoWake` is readable. */
  'nothing',
  /** The first of what was received is not for the pump, or has no room. */
  'unhandled',
  /** There is more to tell of a submit than that it succeeded: {@link RequestPump.submitAnswer}. */
  'submitAnswered',
  /** The same for a fence: {@link RequestPump.fenceAnswer}. */
  'fenceAnswered',
  /** The same for something that has succeeded: {@link RequestPump.hear}. */
  'answered',
  /** The client has to read before more can be sent to it: {@link RequestPump.takeUnsent}. */
  'unsent',
] as const;

/** Why a run stopped. */
export type PumpStop = (typeof STOPS)[number];

/** Places in the memory that both sides share; as native/pump/pump_binding.cc has them. */
const IO = {
  contextId: 0,
  choosesIds: 1,
  budgetBytes: 2,
  waitMs: 3,
  start: 4,
  end: 5,
  requests: 6,
  submits: 7,
  receivedBytes: 8,
  lastId: 9,
} as const;
const IO_PLACES = Object.keys(IO).length;

/** Names of the numbers that tell what was created, in the order of the library's struct. */
const CREATED = HOST_CALLS.resourceCreate.params.filter(({ type }) => type !== 'ranges');

const createdBy = (numbers: readonly number[]): ResourceCreateArgs =>
  Object.fromEntries(numbers.map((value, index) => [CREATED[index].name, value])) as never;

/** Runs requests where they are received, on an inline host that has no other caller meanwhile. */
export class RequestPump {
  readonly #native: NativePump;
  readonly #channel: InlineChannel;
  readonly #calls: NativeCalls;
  readonly #io = new Float64Array(IO_PLACES);
  readonly #recorder: PumpRecorder | undefined;
  /** Takes a buffer over, if it is the pump's, that a recorder has to know: by {@link release}. */
  onClaim: ((id: number) => void) | undefined;
  /** Whether native code knows how to record. */
  #records = false;

  /** @throws VirglError if the host is closed */
  constructor(channel: InlineChannel, calls: NativeCalls, options: RequestPumpOptions) {
    const { socket, rows, progress, maxRequestBytes, maxOpenMemories, alsoWake, recorder } = options;
    this.#channel = channel;
    this.#calls = calls;
    this.#recorder = recorder;
    this.#native = callNative(
      () =>
        new (addon().RequestPump)(
          channel.binding,
          nativeUnixSocket(socket),
          rows,
          nativeMemory(progress),
          this.#io,
          maxRequestBytes,
          maxOpenMemories,
          alsoWake,
        ),
    );
  }

  /** Requests run by the last {@link run}, submits among them, bytes received, and the id of the last request. */
  get report(): { requests: number; submits: number; receivedBytes: number; lastId: number } {
    const io = this.#io;
    return {
      requests: io[IO.requests],
      submits: io[IO.submits],
      receivedBytes: io[IO.receivedBytes],
      lastId: io[IO.lastId],
    };
  }

  /**
   * Runs what is there and what comes, until something is for somebody else.
   * @throws VirglError `ERR_VIRGL_SYSTEM` of the socket; the inbox and the report are as they are then
   */
  run(inbox: PumpInbox, session: PumpRun): PumpStop {
    const io = this.#io;
    io.fill(0, IO.requests);
    if (!this.#lend(session.contextId)) return 'unhandled';
    io[IO.contextId] = session.contextId;
    io[IO.choosesIds] = session.choosesIds ? 1 : 0;
    io[IO.budgetBytes] = session.budgetBytes;
    io[IO.waitMs] = session.waitMs;
    io[IO.start] = inbox.start;
    io[IO.end] = inbox.end;
    try {
      return STOPS[callNative(() => this.#native.run(inbox.bytes))];
    } finally {
      inbox.start = io[IO.start];
      inbox.end = io[IO.end];
      if (this.#records) this.#recorder?.takeBack(this.#native.takeBack());
    }
  }

  /** Lets native code record. False if it can't. */
  #lend(contextId: number): boolean {
    const recorder = this.#recorder;
    if (recorder === undefined) return true;
    if (!this.#records) {
      const plan = recorder.plan();
      if (plan === undefined) return false;
      callNative(() => this.#native.record(plan));
      this.#records = true;
    }
    const words = recorder.lend(contextId);
    if (words === undefined) return false;
    callNative(() => this.#native.lend(words));
    return true;
  }

  /** Rejects as a call does, and is recorded like it. */
  #recorded(answer: Promise<void>): Promise<void> {
    const recorder = this.#recorder;
    return recorder === undefined
      ? answer
      : answer.catch((error: unknown) => {
          recorder.failed(error);
          throw error;
        });
  }

  /** What there is to tell of the submit that was run last; settles as the host call would. */
  submitAnswer(contextId: number): Promise<void> {
    return this.#recorded(this.#calls.submitAnswer(this.#channel, this.#channel.binding.drain(), contextId));
  }

  /** What there is to tell of the fence that was made last: rejects if there is none. */
  fenceAnswer(): Promise<void> {
    const answer = new Promise<void>((resolve, reject) => {
      this.#channel.drain({
        answered: (status, result, log) => {
          if (status === 0) resolve();
          else reject(refusal('createFence', {}, { status, result, log }, false));
        },
        abandoned: reject,
      });
    });
    return this.#recorded(answer);
  }

  /** Passes on what the library has said. */
  hear(): void {
    this.#channel.drain();
  }

  /** What could not be sent, the oldest first. */
  takeUnsent(): { bytes: Uint8Array; fd?: FileDescriptor } | undefined {
    const unsent = this.#native.takeUnsent();
    if (unsent === undefined) return undefined;
    const { bytes, fd } = unsent;
    return { bytes, fd: fd && wrapFileDescriptor(fd) };
  }

  /** Whether something that was submitted is not known to be done. */
  get isBusy(): boolean {
    return this.#native.isBusy();
  }

  /** Makes the fence behind a submit that was made elsewhere. False: {@link fenceAnswer} has more to tell. */
  makeFence(): boolean {
    return this.#native.makeFence(this.#recorder?.fence());
  }

  /** Blocks the thread until all is done that was submitted. */
  awaitFences(): void {
    this.#native.awaitFences();
  }

  /** An id for a resource: the lowest first, and the one given back last before all others. */
  take(): number {
    return this.#native.takeId();
  }

  giveBack(id: number): void {
    this.#native.giveBackId(id);
  }

  /** Bytes of the pump's buffers. */
  get bytes(): number {
    return this.#native.bytes();
  }

  /** Takes over a buffer that the pump made; undefined if it has none of this id. */
  release(id: number): ReleasedBuffer | undefined {
    const released = this.#native.release(id);
    if (released === undefined) return undefined;
    const { numbers, ownId, memory, fd, recordedMemory } = released;
    const created = createdBy(numbers);
    this.#calls.adopt(created);
    const buffer = { created, ownId, memory: wrapMemory(memory), fd: wrapFileDescriptor(fd) };
    this.#recorder?.released(buffer, recordedMemory);
    return buffer;
  }
}
