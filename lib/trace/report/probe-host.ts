// A host between a player and the real one that stops inside submitted streams: before and after chosen commands everything so
// far has been executed, and whoever asked may read resources. Commands are counted as `virgl trace dump` counts them.

import {
  type HostCallArgs,
  type HostCallName,
  type HostCallResult,
  type RenderHost,
  RenderHostCallsBase,
} from '../../host';
import { encode, OPCODES, parseHeader } from '../../protocol';

/** A place in the command stream: in front of a command, or right behind it, before any further call. */
export type Place = `${'before' | 'after'} ${number}`;

/** Where to stop. */
export interface Probe {
  /** Whether anything is to be done there. */
  wants(place: Place): boolean;
  /**
   * Called when everything up to the place has been executed, and nothing behind it.
   * @param replayMs how long the commands since the last stop took, as the host answered
   */
  at(place: Place, host: RenderHost, replayMs: number): Promise<void>;
}

interface Cut {
  /** First dword behind the cut. */
  dword: number;
  places: Place[];
}

const SUB_CONTEXT_OPCODES: readonly number[] = [OPCODES.SET_SUB_CTX, OPCODES.CREATE_SUB_CTX];
const VIRGL2 = 2;
const SUBMITS: readonly string[] = ['submitCmd', 'submitCmd2'];

const dwordsOf = ({ commands }: HostCallArgs<'submitCmd'>): Uint32Array => {
  if (commands instanceof Uint32Array) return commands.slice();
  if (commands instanceof Uint8Array) return new Uint32Array(commands.slice().buffer);
  const { memory, offsetBytes, lengthBytes } = commands;
  return new Uint32Array(memory.bytes.slice(offsetBytes, offsetBytes + lengthBytes).buffer);
};

/** Hands everything on, in order and one call at a time, and stops where its probe wants it. */
export class ProbeHost extends RenderHostCallsBase implements RenderHost {
  #tail: Promise<unknown> = Promise.resolve();
  #commands = 0;
  readonly #subContexts = new Map<number, number>();
  readonly #otherLanguages = new Set<number>();

  constructor(
    private readonly inner: RenderHost,
    private readonly probe: Probe,
  ) {
    super();
  }

  get features() {
    return this.inner.features;
  }

  counts() {
    return this.inner.counts();
  }

  async close(): Promise<void> {
    await this.#tail.catch(() => undefined);
    await this.inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    // Copied now: the caller may use an array of commands again at once.
    const submit = this.#isSubmit(name, args) ? (args as HostCallArgs<'submitCmd'>) : undefined;
    const dwords = submit && dwordsOf(submit);
    const call = (): Promise<unknown> =>
      submit && dwords
        ? this.#submit(submit, dwords)
        : (this.inner[name] as (args: HostCallArgs<Name>) => Promise<unknown>)(args);
    const isFence = name === 'createFence' || name === 'contextCreateFence';
    // A fence is reached later: only that it was asked for matters to what follows.
    const result = this.#tail.then(() => (isFence ? { pending: call() } : call()));
    this.#tail = result.catch(() => undefined);
    return result.then((value) =>
      isFence ? (value as { pending: Promise<unknown> }).pending : value,
    ) as Promise<HostCallResult<Name>>;
  }

  // Streams of other contexts than virgl's have no commands to count.
  #isSubmit(name: HostCallName, args: HostCallArgs<HostCallName>): boolean {
    const { contextId, capsetId = VIRGL2 } = (args ?? {}) as Partial<HostCallArgs<'contextCreate'>>;
    if (name === 'contextCreate' && contextId !== undefined) {
      if (capsetId <= VIRGL2) this.#otherLanguages.delete(contextId);
      else this.#otherLanguages.add(contextId);
    }
    return SUBMITS.includes(name) && !this.#otherLanguages.has(contextId ?? 0);
  }

  async #submit(args: HostCallArgs<'submitCmd'>, dwords: Uint32Array): Promise<void> {
    const cuts = this.#cuts(dwords);
    let from = 0;
    for (const { dword, places } of cuts) {
      const start = performance.now();
      if (dword > from) await this.#piece(args, dwords.subarray(from, dword), from > 0);
      const replayMs = performance.now() - start;
      for (const place of places) await this.probe.at(place, this.inner, replayMs);
      from = dword;
    }
    if (from < dwords.length || cuts.length === 0) await this.#piece(args, dwords.subarray(from), from > 0);
  }

  // A later piece begins by saying whose it is: hosts may switch sub-contexts between submits.
  async #piece(args: HostCallArgs<'submitCmd'>, piece: Uint32Array, goesOn: boolean): Promise<void> {
    const subContext = this.#subContexts.get(args.contextId) ?? 0;
    const prefix = goesOn ? encode([{ name: 'SET_SUB_CTX', fields: { id: subContext } }]) : [];
    const commands = Uint32Array.from([...prefix, ...piece]);
    for (let at = 0; at < piece.length;) {
      const { opcode, lengthDwords } = parseHeader(piece[at]);
      if (SUB_CONTEXT_OPCODES.includes(opcode)) this.#subContexts.set(args.contextId, piece[at + 1] ?? 0);
      else if (opcode === OPCODES.DESTROY_SUB_CTX && this.#subContexts.get(args.contextId) === piece[at + 1])
        this.#subContexts.set(args.contextId, 0);
      at += 1 + lengthDwords;
    }
    await this.inner.submitCmd({ contextId: args.contextId, commands });
  }

  #cuts(dwords: Uint32Array): Cut[] {
    const cuts: Cut[] = [];
    for (let dword = 0; dword < dwords.length; this.#commands += 1) {
      this.#cut(cuts, dword, `before ${this.#commands}`);
      dword = Math.min(dwords.length, dword + 1 + parseHeader(dwords[dword]).lengthDwords);
      this.#cut(cuts, dword, `after ${this.#commands}`);
    }
    return cuts;
  }

  #cut(cuts: Cut[], dword: number, place: Place): void {
    if (!this.probe.wants(place)) return;
    const last = cuts.at(-1);
    if (last?.dword === dword) last.places.push(place);
    else cuts.push({ dword, places: [place] });
  }
}
