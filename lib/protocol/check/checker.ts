// Static checks of command streams: what a host would refuse or ignore, without a host.

import type { Command, UnknownCommand } from '../command-types';
import { decode } from '../decoder';
import { invalidArgument } from '../error';
import { FORMAT_MAX } from '../formats';
import { layoutOf } from '../layout-of';
import { nearestName } from '../nearest-name';
import { OPCODES } from '../header';
import type { Release } from '../schema-types';
import { checkRanges } from './buffer-ranges';
import { COMMAND_CHECKS, checkSlots } from './commands';
import { GL_VALUE_CHECKS } from './gl-values';
import { checkCreate } from './objects';
import { hasRelease, NEWEST_RELEASE, RELEASES } from './releases';
import { checkBuffers, RESOURCE_CHECKS } from './resource-use';
import { CHECK_RULES, type CheckRule } from './rules';
import { checkShaderPacket } from './shaders';
import {
  dwordOfPath,
  nameOf,
  type CheckOptions,
  type Diagnostic,
  type Settings,
  type Site,
  type Values,
} from './site';
import { ContextState } from './state';
import { checkValues } from './values';

const OPTION_NAMES = [
  'release',
  'resources',
  'complete',
  'video',
  'checkShader',
] as const satisfies (keyof CheckOptions)[];

const formatMaxOf = (release: Release): Settings['formatMax'] =>
  release === '0.8' || release === '0.9' ? FORMAT_MAX['0.10'] : FORMAT_MAX[release];

const settingsOf = (options: CheckOptions): Settings => {
  for (const key of Object.keys(options)) {
    if ((OPTION_NAMES as readonly string[]).includes(key)) continue;
    const near = nearestName(key, OPTION_NAMES);
    const names = `one of the options ${OPTION_NAMES.join(', ')}`;
    throw invalidArgument(
      'checkStream',
      key,
      near === undefined ? names : `${names} (did you mean ${near}?)`,
      key,
    );
  }
  const { release = NEWEST_RELEASE } = options;
  if (!(RELEASES as readonly string[]).includes(release)) {
    throw invalidArgument('checkStream', 'release', `one of ${RELEASES.join(', ')}`, release);
  }
  return { ...options, release, formatMax: formatMaxOf(release) };
};

// Lengths that hosts round down to whole items, where the decoder wants them whole.
const ROUNDED_LENGTHS = new Set<number>([OPCODES.SET_SHADER_BUFFERS, OPCODES.SET_SHADER_IMAGES]);
const STAGE_AND_SLOT_DWORDS = 2;

const ruleOfUndecoded = ({ opcode, lengthDwords, payload, error }: UnknownCommand): CheckRule => {
  if (payload.length < lengthDwords) return 'truncated';
  if (error.field === 'opcode') return 'opcode';
  if (error.field === 'objectType') return 'object-type';
  if (error.field !== 'lengthDwords') return 'count';
  return ROUNDED_LENGTHS.has(opcode) && lengthDwords >= STAGE_AND_SLOT_DWORDS ? 'length-odd' : 'length';
};

// "DRAW_VBO: expected … but found … (command 1, byte 2)": name and place stand in the diagnostic already.
const withoutPlace = (message: string): string =>
  message.replace(/^[A-Z0-9_ ]+: /, '').replace(/ \(command [^)]*\)$/, '');

const checkForm = (site: Site): void => {
  const { command, report, settings } = site;
  if (command.name === 'UNKNOWN') {
    return report(ruleOfUndecoded(command), withoutPlace(command.error.message), command.error.field);
  }
  const layout = layoutOf(command);
  if (layout === undefined) return;
  if (!hasRelease(settings.release, layout.since)) {
    const rule = command.name === 'CREATE_OBJECT' ? 'object-type' : 'opcode';
    report(
      rule,
      `expected no ${nameOf(command)}, which is new in ${layout.since}: the release is ${settings.release}`,
    );
  }
  if (command.extra !== undefined) {
    const rule = layout.length.kind === 'atLeast' ? 'extra-dwords' : 'length';
    const most = command.lengthDwords - command.extra.length;
    report(rule, `expected ${most} payload dwords but found ${command.lengthDwords}`);
  }
  if (command.residue?.[0]?.dword === 0) {
    report('header-type', `expected 0 for the object type of the header but found ${command.objectType}`);
  }
};

const checkCommand = (site: Site): void => {
  checkForm(site);
  const { command, settings } = site;
  if (command.name === 'UNKNOWN') return;
  checkValues(site);
  checkSlots(site);
  for (const check of COMMAND_CHECKS[command.name] ?? []) check(site);
  checkCreate(site);
  checkShaderPacket(site);
  checkRanges(site);
  for (const check of GL_VALUE_CHECKS[nameOf(command)] ?? []) check(site);
  if (settings.resources === undefined) return;
  checkBuffers(site);
  for (const check of RESOURCE_CHECKS[nameOf(command)] ?? []) check(site);
};

/** Checks the streams of one context, in the order of their submission; it remembers what they made. */
export class StreamChecker {
  readonly #settings: Settings;
  readonly #state: ContextState;

  /**
   * @param options see {@link CheckOptions}
   * @throws VirglError ERR_VIRGL_ARGUMENT for options that are none
   */
  constructor(options: CheckOptions = {}) {
    this.#settings = settingsOf(options);
    this.#state = new ContextState(options.complete === false);
  }

  /**
   * Checks the next stream of the context. Checking goes on behind a fault, though a host drops the rest of a
   * submission.
   * @param stream dwords, or little-endian bytes
   * @returns what is wrong, in the order of the stream
   */
  check(stream: Uint32Array | Uint8Array): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const surplus = stream.byteLength % 4;
    const whole = surplus === 0 ? stream : stream.subarray(0, stream.byteLength - surplus);
    let index = 0;
    for (const command of decode(whole, { onError: 'raw' })) {
      checkCommand(this.#siteOf(command, diagnostics));
      index += 1;
    }
    if (surplus !== 0) {
      const { severity } = CHECK_RULES['stream-length'];
      const message = `expected whole dwords but found ${surplus} bytes more`;
      const byteOffset = whole.byteLength;
      diagnostics.push({
        severity,
        rule: 'stream-length',
        message,
        command: '',
        commandIndex: index,
        byteOffset,
      });
    }
    return diagnostics;
  }

  #siteOf(command: Command, diagnostics: Diagnostic[]): Site {
    const place = (
      field: string | undefined,
    ): Pick<Diagnostic, 'command' | 'commandIndex' | 'byteOffset' | 'field'> => {
      const dword = field === undefined ? 0 : dwordOfPath(command, field);
      return {
        command: nameOf(command),
        commandIndex: command.index,
        // A field may be told wrong because it is not there.
        byteOffset: command.byteOffset + 4 * Math.min(dword, command.payload.length),
        ...(field !== undefined && { field }),
      };
    };
    return {
      command,
      values: command.fields as Values,
      state: this.#state,
      settings: this.#settings,
      report: (rule, message, field) => {
        diagnostics.push({ severity: CHECK_RULES[rule].severity, rule, message, ...place(field) });
      },
      reportShader: ({ severity, rule, message, line, column }) => {
        const where =
          line === undefined ? '' : `line ${line}${column === undefined ? '' : `, column ${column}`}: `;
        diagnostics.push({
          severity,
          rule: `shader/${rule}`,
          message: `${where}${message}`,
          ...place('text'),
        });
      },
    };
  }
}

/**
 * Checks one stream, which is all of a context: see {@link StreamChecker} for several, and the option `complete` for a
 * part.
 * @param stream dwords, or little-endian bytes
 * @returns what is wrong, in the order of the stream; never throws for what stands in the stream
 * @throws VirglError ERR_VIRGL_ARGUMENT for options that are none
 */
export const checkStream = (stream: Uint32Array | Uint8Array, options: CheckOptions = {}): Diagnostic[] =>
  new StreamChecker(options).check(stream);
