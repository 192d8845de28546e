// QEMU's machine protocol at a path, for input: connected to when there is something to say, because QEMU starts after its GPU.

import net from 'node:net';
import { once } from 'node:events';
import { InvalidArgumentError } from 'commander';
import type { QmpExecutor } from '../../display';
import { QmpClient } from '../../guest';
import { VirglError } from '../../protocol/error';

const SCHEME = 'qmp:';

/** Reads `qmp:PATH`. @throws InvalidArgumentError which commander shows */
export const parseInput = (text: string): string => {
  const path = text.slice(SCHEME.length);
  if (!text.startsWith(SCHEME) || path === '')
    throw new InvalidArgumentError(
      'Expected qmp:PATH, the socket of QEMU -qmp unix:PATH,server=on,wait=off.',
    );
  return path;
};

const connect = async (path: string): Promise<QmpClient> => {
  const socket = net.connect(path);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new VirglError('ERR_VIRGL_SYSTEM', `--input: ${path}: ${(cause as Error).message}`, {
      operation: 'input',
      cause,
    });
  }
  return QmpClient.open(socket);
};

/** A connection that is made when it is needed, and again when QEMU is another one. */
export class QmpConnection implements QmpExecutor, Disposable {
  readonly #path: string;
  #client: Promise<QmpClient> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws VirglError `ERR_VIRGL_SYSTEM` where nobody listens; as {@link QmpClient.execute} */
  async execute(command: string, args?: object): Promise<unknown> {
    const connected = (this.#client ??= connect(this.#path));
    try {
      return await (await connected).execute(command, args as Record<string, unknown>);
    } catch (error) {
      if (!(error instanceof VirglError && error.code === 'ERR_VIRGL_REFUSED') && this.#client === connected)
        this.#client = undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#client?.then(
      (client) => client.close(),
      () => undefined,
    );
    this.#client = undefined;
  }
}
