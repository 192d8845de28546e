// What a check gets to see, and what it says.

import type { Command } from '../command-types';
import type { EnumValue } from '../enum-registry';
import type { FORMAT_MAX } from '../formats';
import { blockFields, fullName, layoutOf, type LayoutName } from '../layout-of';
import type { Field, Fields, Release } from '../schema-types';
import type { CheckRule, Severity } from './rules';
import type { ContextState } from './state';

/** What is known of a resource that is attached to the context. */
export interface CheckResource {
  /** A value of `TextureTarget`. */
  readonly target: number;
  /** A value of `Format`. */
  readonly format: number;
  /** Pixels, or bytes of a buffer. */
  readonly width: number;
  readonly height?: number;
  readonly depth?: number;
  readonly arraySize?: number;
  readonly lastLevel?: number;
  readonly bind?: number;
  /** Bytes of the guest memory that is attached to it; 0 for none. Default: not known. */
  readonly backingBytes?: number;
}

/** What a check of shader texts finds. */
export interface ShaderFinding {
  readonly severity: Severity;
  readonly rule: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** How streams are checked. */
export interface CheckOptions {
  /** The virglrenderer that will get the stream. Default: the newest. */
  readonly release?: Release;
  /** The resources that are attached to the context, by id. Default: any id may be one. */
  readonly resources?: ReadonlyMap<number, CheckResource>;
  /**
   * Whether the first checked command is the first of its context. Default: true. Otherwise handles that are not known
   * may be from before.
   */
  readonly complete?: boolean;
  /** Whether the host is built with video. Default: not known. */
  readonly video?: boolean;
  /** Checks the text of a complete shader; the stage is a value of `ShaderStage`. */
  readonly checkShader?: (text: string, stage: EnumValue<'ShaderStage'>) => readonly ShaderFinding[];
}

/** Something that is wrong with a stream. */
export interface Diagnostic {
  readonly severity: Severity;
  /** See `CHECK_RULES`; findings of `checkShader` have the rule `shader/…`. */
  readonly rule: CheckRule | `shader/${string}`;
  /** What is wrong and what is allowed. */
  readonly message: string;
  /** Name of the command. */
  readonly command: string;
  /** Number of the command in its stream, from 0. */
  readonly commandIndex: number;
  /** Where the field stands, or the command, in its stream. */
  readonly byteOffset: number;
  /** Path of the field, such as `viewports[1].scale`. */
  readonly field?: string;
}

/** Fields of a command, whatever it is. */
export type Values = Readonly<Record<string, unknown>>;

/** The options, with defaults. */
export interface Settings extends CheckOptions {
  readonly release: Release;
  /** First format number that the release does not know. */
  readonly formatMax: (typeof FORMAT_MAX)[keyof typeof FORMAT_MAX];
}

/** A command under the checks. */
export interface Site {
  readonly command: Command;
  readonly values: Values;
  readonly state: ContextState;
  readonly settings: Settings;
  /** Says that a rule is broken; `field` is the path of the field at fault. */
  readonly report: (rule: CheckRule, message: string, field?: string) => void;
  /** Passes on what a check of a shader text has found. */
  readonly reportShader: (finding: ShaderFinding) => void;
}

/** A check of one command. */
export type Check = (site: Site) => void;

/** A field that is a number; 0 if it is absent. */
export const numberAt = (values: Values, name: string): number => Number(values[name] ?? 0);

/** A field that is a list; empty if it is absent. */
export const listAt = <T = unknown>(values: Values, name: string): readonly T[] =>
  (values[name] as readonly T[] | undefined) ?? [];

interface Place {
  readonly field: Field | undefined;
  readonly dword: number;
}

const fieldsOf = (field: Field | undefined): Fields => {
  if (field?.kind === 'struct') return field.fields;
  return field?.kind === 'block' ? blockFields(field) : {};
};

// From a field to one of its items or members.
const step = (field: Field | undefined, dword: number, part: string): Place => {
  if (field?.kind === 'list') {
    const index = Number(part);
    return { field: field.item, dword: dword + (Number.isInteger(index) ? index * field.strideDwords : 0) };
  }
  const fields = fieldsOf(field);
  const next = Object.hasOwn(fields, part) ? fields[part] : undefined;
  return { field: next, dword: dword + (next?.dword ?? 0) };
};

/** The dword of a command that a field with this path begins at; 0, the header, for a path that is none. */
export const dwordOfPath = (command: LayoutName, path: string): number => {
  const [first = '', ...rest] = path.split(/[.[\]]+/).filter((part) => part !== '');
  const fields = layoutOf(command)?.fields;
  let field = fields && Object.hasOwn(fields, first) ? fields[first] : undefined;
  let dword = field?.dword ?? 0;
  for (const part of rest) ({ field, dword } = step(field, dword, part));
  return dword;
};

/** Name of a command, with the kind of object if it creates one. */
export const nameOf = (command: Command): string => fullName(command);
