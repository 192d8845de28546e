// Reads and writes of resources in the typed classes.

import type { CallRecord } from '../../../model';
import { listCode, prefixed } from '../code';
import { argsOf, type ClassScope, type ClassWriting, type Handlers } from './class-scope';
import { isSameCall } from './same-call';
import type { Transfer } from './transfer-trials';

/** Writes the calls that read and write resources. */
export class TransferHandlers {
  readonly handlers: Handlers = {
    transferReadIov: (call) => this.#read(call),
    transferWriteIov: (call) => this.#write(call),
  };
  readonly #scope: ClassScope;

  constructor(scope: ClassScope) {
    this.#scope = scope;
  }

  get #writing(): ClassWriting {
    return this.#scope.writing;
  }

  async #read(call: CallRecord): Promise<number> {
    if (!(argsOf(call).into instanceof Uint8Array)) return 0;
    const trials = this.#scope.resources.get(Number(argsOf(call).resourceId))?.trials;
    return this.#transfer(call, 'read', (await trials?.reads(call)) ?? []);
  }

  async #write(call: CallRecord): Promise<number> {
    if (!(argsOf(call).from instanceof Uint8Array)) return 0;
    const trials = this.#scope.resources.get(Number(argsOf(call).resourceId))?.trials;
    const bytesOf = (count: number): Uint8Array | undefined => {
      const parts = [call, ...Array.from({ length: count - 1 }, (_, at) => this.#writing.ahead(at + 1))];
      const bytes = parts.map((part) => (part === undefined ? undefined : argsOf(part).from));
      return bytes.every((each) => each instanceof Uint8Array)
        ? Uint8Array.from(Buffer.concat(bytes))
        : undefined;
    };
    return this.#transfer(call, 'write', (await trials?.writes(call, bytesOf)) ?? []);
  }

  async #transfer(
    call: CallRecord,
    method: 'read' | 'write',
    transfers: readonly Transfer[],
  ): Promise<number> {
    const known = this.#scope.resources.get(Number(argsOf(call).resourceId));
    const isSame = ({ calls }: Transfer): boolean =>
      calls.length > 0 &&
      calls.every((made, at) => {
        const recorded = at === 0 ? call : this.#writing.ahead(at);
        return recorded !== undefined && isSameCall(made, recorded);
      });
    const transfer = transfers.find(isSame);
    if (this.#writing.refusal() !== undefined || known === undefined || transfer === undefined) return 0;
    const { unsent } = this.#scope;
    if (unsent !== undefined && !known.users.has(unsent.live)) await this.#scope.flushUnsent();
    if (this.#scope.isDisturbed(known.resource.id, this.#scope.unsent?.live)) return 0;
    this.#writing.flushWrites();
    const sent = this.#scope.takeUnsent();
    await (known.resource[method] as (...args: unknown[]) => Promise<unknown>)(
      ...transfer.args.map(({ value }) => value),
    );
    this.#scope.expectCalls([...sent, ...transfer.calls]);
    const args = transfer.args.map(({ code }) => code);
    this.#writing.emit({ code: prefixed('await ', listCode(`${known.name}.${method}(`, args, ')')) });
    return transfer.calls.length;
  }
}
