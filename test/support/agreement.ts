// Whether the static checks and virglrenderer say the same of streams with faults.

import { inspectLibrary } from '../../lib/host';
import { decode, type Diagnostic, type Release, StreamChecker } from '../../lib/protocol';
import { checkTgsi, TGSI_STAGES } from '../../lib/shader';
import { handMadeSessions } from './hand-made-sessions';
import { recordExamples, type Session } from './recorded-sessions';
import { type HostAnswer, StreamChild } from './stream-child';
import { type Mutation, seededRandom, StreamMutator } from './stream-mutator';

/** How the two compare for one stream. */
export const VERDICTS = {
  'both accept': 'the checks find no error, and the host takes it',
  'both refuse': 'the checks find an error, and the host refuses it',
  missed: 'the checks find no error, but the host refuses it',
  'GL error':
    'the checks find no error, the host takes it, but GL does not: builds with CHECK_GL_ERRORS refuse it',
  'too strict': 'the checks find an error, but the host takes it',
  'host crashed': 'though the checks had not said so',
  'host hung': 'for longer than its time limit',
  'said to crash': 'not submitted: the checks say that this release writes outside of its tables',
  'too much work': 'not submitted: it would draw or allocate for too long',
} as const;

/** One of {@link VERDICTS}. */
export type Verdict = keyof typeof VERDICTS;

/** One faulty stream. */
export interface Comparison {
  verdict: Verdict;
  session: string;
  mutation: Mutation;
  /** What the checks found. */
  errors: Diagnostic[];
  warnings: Diagnostic[];
  /** Processor time that the checks took, which does not depend on what else the machine does. */
  checkMs: number;
  answer?: HostAnswer;
  /** Whether host and checks stopped at the same command, where the host told. */
  samePlace?: boolean;
  /** What differs, in a few words: equal for faults of one kind. */
  about: string;
}

/** How a release is called in the protocol's tables and in those of TGSI. */
const RELEASES: readonly (readonly [Release, '0.10.4' | '1.0.1' | '1.1.1' | '1.2.0' | '1.3.0'])[] = [
  ['0.10', '0.10.4'],
  ['1.0', '1.0.1'],
  ['1.1', '1.1.1'],
  ['1.2', '1.2.0'],
  ['1.3', '1.3.0'],
];

// As in children/static-checks.cjs.
const BACKING_BYTES = 2 ** 16;
const MOST_WORK = 1e5;
const MOST_BLIT = 4096;
const MOST_PIXELS = 2 ** 22;

type Numbers = Readonly<Record<string, number>>;

const product = (...numbers: readonly number[]): number => numbers.reduce((all, one) => all * one, 1);

// Whether a host that takes this would be busy for long.
const isTooMuch = (stream: Uint32Array): boolean => {
  for (const { name, fields } of decode(stream, { onError: 'raw' })) {
    const value = fields as unknown as Numbers;
    const grid = (fields as { grid?: readonly number[] }).grid ?? [];
    if (name === 'DRAW_VBO') {
      if (Math.max(1, value.count, value.countFromSo) * Math.max(1, value.instanceCount) > MOST_WORK)
        return true;
      if (value.indirectResource) return true;
    }
    if (name === 'LAUNCH_GRID' && (product(...grid) > MOST_WORK || value.indirectResource !== 0)) return true;
    if (
      name === 'PIPE_RESOURCE_CREATE' &&
      product(value.width, value.height, value.depth, value.arraySize, Math.max(1, value.samples)) >
        MOST_PIXELS
    ) {
      return true;
    }
    if (name === 'SET_FRAMEBUFFER_STATE_NO_ATTACH' && product(value.width, value.height) > MOST_PIXELS)
      return true;
    if (name === 'CREATE_OBJECT' && value.sampleCount > 64) return true;
    // One draw per layer, of all its pixels.
    if (name === 'BLIT') {
      const { srcBox, dstBox } = fields as unknown as Record<'srcBox' | 'dstBox', Numbers>;
      if ([srcBox, dstBox].some(({ w, h, d }) => Math.max(...[w, h, d].map(Math.abs)) > MOST_BLIT))
        return true;
    }
  }
  return false;
};

const withoutNumbers = (text: string): string =>
  text
    .replace(/0x[0-9a-f]+|-?\d+(\.\d+)?/gi, '#')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 160);

const saidBy = ({ message = '', log = '' }: HostAnswer): string => {
  const command = /command \d+ \((\w+)/.exec(message)?.[1] ?? '?';
  const lines = log.split('\n').filter((line) => line !== '' && !/Illegal command buffer/.test(line));
  return withoutNumbers(`${command}: ${lines.at(0) ?? log}`);
};

const errorText = ({ rule, command, field = '' }: Diagnostic): string =>
  `${rule}: ${command}${field === '' ? '' : ` ${field.replace(/\d+/g, '#')}`}`;

// What is said of shaders, which fail when they are drawn with.
const shaderText = (warnings: readonly Diagnostic[]): string =>
  [...new Set(warnings.map(({ rule }) => rule))].filter((rule) => rule.startsWith('shader/')).join(', ') ||
  'no warning of a shader';

// What GL says after a command; 0x500 is the first of its errors.
const GL_ERROR = /vrend_check_no_error: context error reported \d+ "[^"]*" Unknown (\d+)/;

const glErrorOf = ({ log = '' }: HostAnswer): string | undefined => {
  const [first = ''] = log.split('\n').filter((line) => line.includes('context error reported'));
  return GL_ERROR.exec(first)?.[1];
};

// The host tells a command by its header, which several may have: the last one of them.
const lastWithHeader = (stream: Uint32Array, commandIndex: number): number => {
  const commands = [...decode(stream, { onError: 'raw' })];
  const header = (index: number): string => {
    const { opcode, objectType, lengthDwords } = commands[index] ?? {};
    return `${opcode} ${objectType} ${lengthDwords}`;
  };
  return commands.findLastIndex((_, index) => header(index) === header(commandIndex));
};

const glErrorText = (
  error: string,
  answer: HostAnswer,
  warnings: readonly Diagnostic[],
  stream: Uint32Array,
): string => {
  const command = /command \d+ \((\w+)/.exec(answer.message ?? '')?.[1] ?? '?';
  const last = answer.commandIndex === undefined ? Infinity : lastWithHeader(stream, answer.commandIndex);
  const warning = warnings.findLast((one) => one.commandIndex <= last);
  return `${command}: GL error 0x${Number(error).toString(16)}; ${warning === undefined ? 'no warning' : errorText(warning)}`;
};

/** The installed library and the sessions that are mutated. */
export class Agreement {
  readonly #child = new StreamChild();
  readonly release: Release;
  readonly #tgsiRelease: (typeof RELEASES)[number][1];
  #video = false;

  private constructor(readonly sessions: readonly Session[]) {
    const installed = inspectLibrary().release;
    const known = RELEASES.find(([release]) => installed.startsWith(`${release}.`) || installed === release);
    [this.release, this.#tgsiRelease] = known ?? RELEASES[RELEASES.length - 1];
  }

  /** Records the examples; finds out whether the host has video. */
  static async open(): Promise<Agreement> {
    const agreement = new Agreement([...handMadeSessions(), ...(await recordExamples())]);
    const [session] = agreement.sessions;
    const DECODE_MACROBLOCK = 58;
    const { code } = await agreement.#child.submit(session, Uint32Array.of(DECODE_MACROBLOCK));
    agreement.#video = code === 'accepted';
    return agreement;
  }

  /** What the host says to a session as it is; `accepted` for all, or the sessions are no base for mutations. */
  async submitUnchanged(session: Session): Promise<Comparison> {
    return this.#compare(session, {
      stream: session.stream,
      kind: 'small step',
      dword: 0,
      target: '',
    });
  }

  /** Faulty streams: as many of each session, the same for the same seed. */
  async *compare(count: number, seed: number): AsyncGenerator<Comparison> {
    for (const [index, session] of this.sessions.entries()) {
      const mutator = new StreamMutator(session.stream, seededRandom(seed * 1000 + index));
      const share = Math.ceil((count - index) / this.sessions.length);
      for (let made = 0; made < share; made += 1) yield await this.#compare(session, mutator.next());
    }
  }

  /** Ends the process of the host. */
  close(): void {
    this.#child.close();
  }

  async #compare(session: Session, mutation: Mutation): Promise<Comparison> {
    const { stream } = mutation;
    const started = process.cpuUsage();
    const { errors, warnings, crash } = this.#check(session, stream);
    const checkMs = process.cpuUsage(started).user / 1000;
    const known = { session: session.name, mutation, errors, warnings, checkMs };
    const [first] = errors;
    if (crash !== undefined) return { ...known, verdict: 'said to crash', about: crash };
    if (isTooMuch(stream)) return { ...known, verdict: 'too much work', about: 'too much work' };
    const answer = await this.#child.submit(session, stream);
    const { code, commandIndex } = answer;
    if (code === 'broken') throw new Error(answer.message);
    if (code === 'crashed' || code === 'hung') {
      const found = [...new Set((first ? [first] : warnings).map(errorText))].join(', ');
      const about = `${mutation.target}; ${found || 'nothing found'}`;
      return { ...known, verdict: code === 'crashed' ? 'host crashed' : 'host hung', about, answer };
    }
    if (code === 'accepted') {
      const verdict = first === undefined ? 'both accept' : 'too strict';
      return { ...known, verdict, about: first === undefined ? '' : errorText(first), answer };
    }
    if (first === undefined) {
      const glError = glErrorOf(answer);
      return glError === undefined
        ? { ...known, verdict: 'missed', about: `${saidBy(answer)}; ${shaderText(warnings)}`, answer }
        : { ...known, verdict: 'GL error', about: glErrorText(glError, answer, warnings, stream), answer };
    }
    const samePlace = commandIndex === undefined ? undefined : commandIndex === first.commandIndex;
    return { ...known, verdict: 'both refuse', about: saidBy(answer), answer, samePlace };
  }

  #check(
    { resources }: Session,
    stream: Uint32Array,
  ): { errors: Diagnostic[]; warnings: Diagnostic[]; crash?: string } {
    let crash: string | undefined;
    const checker = new StreamChecker({
      release: this.release,
      video: this.#video,
      resources: new Map(
        resources.map((shape) => [shape.resourceId, { ...shape, backingBytes: BACKING_BYTES }]),
      ),
      checkShader: (text, stage) =>
        checkTgsi(text, { release: this.#tgsiRelease, stage: TGSI_STAGES[stage] }).map((finding) => {
          if (finding.severity === 'crash') crash = finding.rule;
          const isError = finding.severity === 'crash' || finding.severity === 'reject';
          return { ...finding, severity: isError ? 'error' : 'warning' };
        }),
    });
    const found = checker.check(stream);
    // Known to leave its tables before 1.0.
    const wild = found.find(
      ({ rule, command }) => command === 'SET_SHADER_IMAGES' && (rule === 'slots' || rule === 'format'),
    );
    if (wild !== undefined && this.release === '0.10') crash ??= `SET_SHADER_IMAGES ${wild.rule}`;
    const isError = ({ severity }: Diagnostic): boolean => severity === 'error';
    return {
      errors: found.filter(isError),
      warnings: found.filter((one) => !isError(one)),
      ...(crash !== undefined && { crash }),
    };
  }
}
