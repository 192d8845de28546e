// What browsers ask for over HTTP: files of the page, to be let in, and which displays there are.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Display } from '../display';
import type { Credential } from '../access/sessions';
import type { ViewEvent } from './events';
import { addressOf, type Gate, Refusal } from './gate';
import { safetyHeaders } from './headers';
import type { PageFile, PageFiles } from './page-files';

/** What {@link answerRequests} needs. */
export interface RequestParts {
  gate: Gate;
  files: PageFiles;
  displays: readonly Display[];
  isSecure: boolean;
  viewOnly: boolean;
  onEvent: (event: ViewEvent) => void;
}

/** What the page is told of a display. */
export interface DisplayInfo {
  label: string;
  width: number;
  height: number;
  /** Whether its size can be asked for. */
  canResize: boolean;
  /** Whether text can be put on its clipboard. */
  hasClipboard: boolean;
}

/** What the page is told once it was let in. */
export interface DisplayList {
  displays: DisplayInfo[];
  viewOnly: boolean;
}

const MAX_BODY_BYTES = 4096;
const JSON_TYPE = 'application/json';

/** The body of a request, as JSON. @throws Refusal */
const readJson = async (request: IncomingMessage): Promise<unknown> => {
  if (request.headers['content-type'] !== JSON_TYPE) throw new Refusal(415, `expected ${JSON_TYPE}`);
  const parts: Buffer[] = [];
  let size = 0;
  // The connection has to last for the answer.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new Refusal(413, `expected at most ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new Refusal(400, 'expected JSON');
  }
};

const credentialIn = (body: unknown): Credential => {
  const { token, password } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  if (typeof token === 'string') return { token };
  if (typeof password === 'string') return { password };
  throw new Refusal(400, 'expected a token or a password');
};

const sendJson = (response: ServerResponse, status: number, value: object): void => {
  response.writeHead(status, { 'Content-Type': JSON_TYPE, 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value));
};

const sendFile = (request: IncomingMessage, response: ServerResponse, file: PageFile): void => {
  const tag = `"${file.tag}"`;
  // Asked for again each time, so that a newer version of the package is seen at once.
  const headers = {
    ETag: tag,
    'Cache-Control': 'no-cache',
    'Content-Type': file.type,
    Vary: 'Accept-Encoding',
  };
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, headers).end();
    return;
  }
  const isGzipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const body = isGzipped ? file.gzipped : file.body;
  const encoding = isGzipped ? { 'Content-Encoding': 'gzip' } : {};
  response.writeHead(200, { ...headers, ...encoding, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
};

const sendRefusal = (response: ServerResponse, refusal: Refusal, hasPassword: boolean): void => {
  const { status, message, retryAfterS } = refusal;
  if (retryAfterS !== undefined) response.setHeader('Retry-After', retryAfterS);
  if (status === 413) response.setHeader('Connection', 'close');
  sendJson(response, status, { error: message, hasPassword, retryAfterS });
};

const infoOf = ({ source }: Display): DisplayInfo => ({
  label: source.label,
  width: source.size.width,
  height: source.size.height,
  canResize: source.requestSize !== undefined,
  hasClipboard: source.input?.clipboard !== undefined,
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Answers by method and path; everything else is a file or nothing. */
const answersOf = ({ gate, displays, viewOnly }: RequestParts): Readonly<Record<string, Answer>> => ({
  'GET /displays': (request, response) => {
    gate.checkSession(request);
    sendJson(response, 200, { displays: displays.map(infoOf), viewOnly } satisfies DisplayList);
  },
  'POST /login': async (request, response) => {
    gate.checkOrigin(request);
    const cookie = gate.login(request, credentialIn(await readJson(request)));
    response.writeHead(204, { 'Set-Cookie': cookie, 'Cache-Control': 'no-store' }).end();
  },
});

/** The path of a request, without what stands behind it. */
export const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0];

/** Answers the requests of browsers. */
export const answerRequests = (parts: RequestParts): Answer => {
  const { gate, files, isSecure, onEvent } = parts;
  const answers = answersOf(parts);
  const answer: Answer = async (request, response) => {
    const host = gate.checkHost(request);
    for (const [name, value] of Object.entries(safetyHeaders(host, isSecure)))
      response.setHeader(name, value);
    const path = pathOf(request);
    const own = answers[`${request.method} ${path}`];
    if (own !== undefined) {
      await own(request, response);
      return;
    }
    const file = files.get(path);
    if (file === undefined) throw new Refusal(404, 'there is nothing here');
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'expected GET');
    sendFile(request, response, file);
  };
  return async (request, response) => {
    // Known as long as there is a connection.
    const address = addressOf(request);
    try {
      await answer(request, response);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(400, 'the request broke off');
      // A page that asks whether it was let in already is nothing to report.
      if (refusal.status !== 401 || request.method === 'POST')
        onEvent({ event: 'refused', address, reason: refusal.message });
      if (!response.headersSent) sendRefusal(response, refusal, gate.sessions.hasPassword);
      else response.destroy();
    }
  };
};
