// A shader of a context.

import type { ShaderArguments } from '../protocol';
import { ShaderStage } from '../protocol';
import { invalidArgument } from '../protocol/error';
import { assertTgsi, parseTgsi, type TgsiStage } from '../shader';
import { ContextObject, type ObjectOwner } from './context-object';
import type { ObjectOptions } from './objects';

/** Name of a shader stage. */
export type StageName = keyof typeof ShaderStage;

/** What a shader is made from. */
export interface ShaderDescriptor
  extends
    ObjectOptions,
    Pick<ShaderArguments, 'streamOutput' | 'sharedMemoryBytes' | 'numTokens' | 'maxPacketDwords'> {
  /** Default: what the text's first word says. */
  stage?: StageName;
  /** TGSI text. */
  text: string;
}

const STAGE_OF_HEADER: Readonly<Record<TgsiStage, StageName>> = {
  VERT: 'VERTEX',
  FRAG: 'FRAGMENT',
  GEOM: 'GEOMETRY',
  TESS_CTRL: 'TESS_CTRL',
  TESS_EVAL: 'TESS_EVAL',
  COMP: 'COMPUTE',
};

/** A compiled shader of one stage. */
export class Shader extends ContextObject {
  readonly kind = 'shader';

  /** Made by `Context.createShader`. */
  constructor(
    owner: ObjectOwner,
    handle: number,
    label: string | undefined,
    readonly stage: StageName,
  ) {
    super(owner, handle, label);
  }
}

/**
 * Checks a shader's text before it reaches virglrenderer, which old releases would not survive.
 * @returns its stage
 * @throws VirglError `ERR_VIRGL_DECODE` with line and column; `ERR_VIRGL_ARGUMENT` if text and stage differ
 */
export const checkShader = ({ text, stage }: ShaderDescriptor): StageName => {
  if (typeof text !== 'string') throw invalidArgument('createShader', 'text', 'TGSI text', text);
  const parsed = parseTgsi(text);
  assertTgsi(parsed);
  const own = STAGE_OF_HEADER[parsed.stage];
  if (stage === undefined || stage === own) return own;
  throw invalidArgument('createShader', 'stage', `${own}, the stage of the text,`, stage);
};
