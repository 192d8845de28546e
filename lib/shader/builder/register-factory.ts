// Declares the registers of a builder and hands them out.
import type { TgsiDeclaration } from '../ast';
import { checkChoice, checkInteger, checkOptions } from '../options';
import { formatSince, isFormatName, isGlslImageFormat } from '../tables/formats';
import { releaseHas, type TgsiRelease } from '../tables/releases';
import {
  SEMANTIC_INDEX_LIMITS,
  SYSTEM_VALUE_SINCE,
  TGSI_INPUT_SEMANTICS,
  TGSI_OUTPUT_SEMANTICS,
  TGSI_SYSTEM_VALUES,
  type TgsiSemanticName,
  type TgsiSystemValue,
} from '../tables/semantics';
import {
  TGSI_INTERPOLATIONS,
  TGSI_LOCATIONS,
  TGSI_RETURN_TYPES,
  TGSI_TEXTURE_TARGETS,
  type TgsiFile,
  type TgsiInterpolation,
  type TgsiInterpolationLocation,
  type TgsiReturnType,
  type TgsiStage,
  type TgsiTextureTarget,
} from '../tables/words';
import { DeclarationTable, type DeclarationAttributes } from './declarations';
import { operandError, TgsiRegister, type RegisterFields } from './register';

/** The semantics of a stage's inputs. */
export type TgsiInputSemantic<Stage extends TgsiStage> = (typeof TGSI_INPUT_SEMANTICS)[Stage][number];
/** The semantics of a stage's outputs. */
export type TgsiOutputSemantic<Stage extends TgsiStage> = (typeof TGSI_OUTPUT_SEMANTICS)[Stage][number];

/** Options of an input. */
export interface TgsiInputOptions {
  /** FRAG only. Default: what the semantic usually has. */
  readonly interpolation?: TgsiInterpolation;
  /** FRAG only. Default: CENTER. */
  readonly location?: TgsiInterpolationLocation;
}

/** Options of an output. */
export interface TgsiOutputOptions {
  /** The same arithmetic gives the same bits in every shader. Default: false. */
  readonly invariant?: boolean;
  /** GEOM only: the vertex stream, 0…3. Default: 0. */
  readonly stream?: number;
}

/** Options of an image. */
export interface TgsiImageOptions {
  /** STORE and ATOM… need it. Default: false. */
  readonly writable?: boolean;
}

/** Options of a storage buffer. */
export interface TgsiBufferOptions {
  /** The buffer holds atomic counters. Default: false. */
  readonly atomic?: boolean;
}

const MAX_ATTRIBUTE = 31;
const MAX_VECTOR = 0x7fff;
const MAX_SLOT = 31;

const INTERPOLATION: Readonly<Partial<Record<TgsiSemanticName, TgsiInterpolation>>> = {
  POSITION: 'LINEAR',
  COLOR: 'COLOR',
  BCOLOR: 'COLOR',
  FACE: 'CONSTANT',
  PRIM_ID: 'CONSTANT',
  LAYER: 'CONSTANT',
  VIEWPORT_INDEX: 'CONSTANT',
};

/** Semantics that hold for a whole patch, not for one vertex of it. */
const PATCH_SEMANTICS: ReadonlySet<string> = new Set(['PATCH', 'TESSOUTER', 'TESSINNER', 'PRIM_ID']);
const IMPLIED = { first: 0, last: 31, implied: true };

const slot = (operation: string, index: number): void => checkInteger(operation, 'index', index, 0, MAX_SLOT);

/** See the methods of {@link TgsiBuilder} with the same names. */
export class RegisterFactory {
  readonly #owner: object;
  readonly #stage: TgsiStage;
  readonly #release: TgsiRelease;
  readonly #table = new DeclarationTable();
  #arrays = 0;

  constructor(owner: object, stage: TgsiStage, release: TgsiRelease) {
    this.#owner = owner;
    this.#stage = stage;
    this.#release = release;
  }

  get statements(): TgsiDeclaration[] {
    return this.#table.statements;
  }

  input(source: number | TgsiSemanticName, semanticIndex: number, options: TgsiInputOptions): TgsiRegister {
    const operation = 'TgsiBuilder.input';
    const fragment = this.#stage === 'FRAG';
    checkOptions(operation, options, fragment ? ['interpolation', 'location'] : []);
    if (this.#stage === 'VERT') {
      checkInteger(operation, 'attribute', source, 0, MAX_ATTRIBUTE);
      this.#table.declareAt('IN', Number(source), 1);
      return this.#register('IN', Number(source));
    }
    this.#checkSemantic(operation, source, semanticIndex, TGSI_INPUT_SEMANTICS[this.#stage]);
    const { interpolation = INTERPOLATION[source] ?? 'PERSPECTIVE', location = 'CENTER' } = options;
    checkChoice(operation, 'options.interpolation', interpolation, TGSI_INTERPOLATIONS);
    checkChoice(operation, 'options.location', location, TGSI_LOCATIONS);
    return this.#varying('IN', source, semanticIndex, !fragment && !PATCH_SEMANTICS.has(source), {
      ...(fragment ? { interpolation } : {}),
      ...(fragment && location !== 'CENTER' ? { interpolationLocation: location } : {}),
    });
  }

  output(semantic: TgsiSemanticName, semanticIndex: number, options: TgsiOutputOptions): TgsiRegister {
    const operation = 'TgsiBuilder.output';
    const geometry = this.#stage === 'GEOM';
    checkOptions(operation, options, geometry ? ['invariant', 'stream'] : ['invariant']);
    this.#checkSemantic(operation, semantic, semanticIndex, TGSI_OUTPUT_SEMANTICS[this.#stage]);
    const { invariant = false, stream = 0 } = options;
    checkInteger(operation, 'options.stream', stream, 0, 3);
    const perVertex = this.#stage === 'TESS_CTRL' && !PATCH_SEMANTICS.has(semantic);
    return this.#varying('OUT', semantic, semanticIndex, perVertex, {
      invariant,
      ...(stream === 0 ? {} : { streams: [stream, stream, stream, stream] as const }),
    });
  }

  systemValue(name: TgsiSystemValue): TgsiRegister {
    const operation = 'TgsiBuilder.systemValue';
    checkChoice(operation, 'name', name, TGSI_SYSTEM_VALUES);
    const since = SYSTEM_VALUE_SINCE.get(name);
    if (!releaseHas(this.#release, since)) {
      throw operandError(operation, 'the release', `${since} or later for ${name}`, this.#release);
    }
    return this.#register('SV', this.#table.declareNext('SV', name, 1, { semantic: { name, index: 0 } }));
  }

  constant(block: number, index: number, count: number): TgsiRegister {
    const operation = block === 0 ? 'TgsiBuilder.constant' : 'TgsiBuilder.uniform';
    checkInteger(operation, 'index', index, 0, MAX_VECTOR);
    checkInteger(operation, 'count', count, 1, MAX_VECTOR + 1 - index);
    const dimension = block === 0 ? {} : { dimension: { first: block, last: block, implied: false } };
    this.#table.declareAt('CONST', index, count, dimension);
    return this.#register('CONST', index, { count, ...(block === 0 ? {} : { dimension: { value: block } }) });
  }

  temp(): TgsiRegister {
    return this.#register('TEMP', this.#table.grow('TEMP'));
  }

  tempArray(count: number): TgsiRegister {
    checkInteger('TgsiBuilder.tempArray', 'count', count, 1, MAX_VECTOR);
    const arrayId = ++this.#arrays;
    const first = this.#table.declareNext('TEMP', `array ${arrayId}`, count, { arrayId, local: true });
    return this.#register('TEMP', first, { count, arrayId });
  }

  address(): TgsiRegister {
    return this.#register('ADDR', this.#table.grow('ADDR'));
  }

  sampler(index: number, target: TgsiTextureTarget, returnType: TgsiReturnType): TgsiRegister {
    const operation = 'TgsiBuilder.sampler';
    slot(operation, index);
    this.#checkTarget(operation, target);
    checkChoice(operation, 'returnType', returnType, TGSI_RETURN_TYPES);
    this.#table.declareAt('SAMP', index, 1);
    this.#declareOnce(operation, 'SVIEW', index, { samplerView: { target, returnTypes: [returnType] } });
    return this.#register('SAMP', index, { target });
  }

  image(index: number, target: TgsiTextureTarget, format: string, options: TgsiImageOptions): TgsiRegister {
    const operation = 'TgsiBuilder.image';
    checkOptions(operation, options, ['writable']);
    slot(operation, index);
    this.#checkTarget(operation, target);
    const known = isFormatName(format) && isGlslImageFormat(format);
    if (!known || !releaseHas(this.#release, formatSince(format))) {
      throw operandError(operation, 'format', 'a PIPE_FORMAT_ name that GLSL has for images', String(format));
    }
    const { writable = false } = options;
    this.#declareOnce(operation, 'IMAGE', index, { image: { target, format, writable, raw: false } });
    return this.#register('IMAGE', index, { target, format, readOnly: !writable });
  }

  buffer(index: number, options: TgsiBufferOptions): TgsiRegister {
    const operation = 'TgsiBuilder.buffer';
    checkOptions(operation, options, ['atomic']);
    slot(operation, index);
    this.#declareOnce(operation, 'BUFFER', index, { atomic: options.atomic ?? false });
    return this.#register('BUFFER', index);
  }

  sharedMemory(): TgsiRegister {
    if (this.#stage !== 'COMP') {
      throw operandError('TgsiBuilder.sharedMemory', 'the stage', 'COMP', this.#stage);
    }
    this.#table.declareAt('MEMORY', 0, 1, { memory: 'SHARED' });
    return this.#register('MEMORY', 0);
  }

  atomicCounter(buffer: number, index: number, count: number): TgsiRegister {
    const operation = 'TgsiBuilder.atomicCounter';
    checkInteger(operation, 'buffer', buffer, 0, MAX_SLOT);
    checkInteger(operation, 'index', index, 0, MAX_VECTOR);
    checkInteger(operation, 'count', count, 1, MAX_VECTOR + 1 - index);
    const dimension = { first: buffer, last: buffer, implied: false };
    this.#declareOnce(operation, 'HWATOMIC', index, { dimension }, count);
    return this.#register('HWATOMIC', index, { count, dimension: { value: buffer } });
  }

  immediate(index: number): TgsiRegister {
    return this.#register('IMM', index);
  }

  #register(file: TgsiFile, index: number, more: Partial<RegisterFields> = {}): TgsiRegister {
    return new TgsiRegister({
      owner: this.#owner,
      file,
      index: { value: index },
      count: 1,
      perVertex: false,
      negate: false,
      absolute: false,
      ...more,
    });
  }

  #varying(
    file: 'IN' | 'OUT',
    name: TgsiSemanticName,
    index: number,
    perVertex: boolean,
    attributes: DeclarationAttributes,
  ): TgsiRegister {
    const register = this.#table.declareNext(file, `${name} ${index}`, 1, {
      ...(perVertex ? { dimension: IMPLIED } : {}),
      semantic: { name, index },
      ...attributes,
    });
    return this.#register(file, register, { perVertex });
  }

  #checkSemantic(
    operation: string,
    name: unknown,
    index: number,
    allowed: readonly TgsiSemanticName[],
  ): asserts name is TgsiSemanticName {
    if (allowed.length === 0)
      throw operandError(operation, 'the stage', 'one with such registers', this.#stage);
    checkChoice(operation, 'semantic', name, allowed);
    checkInteger(operation, 'semanticIndex', index, 0, (SEMANTIC_INDEX_LIMITS.get(name)?.linked ?? 8) - 1);
  }

  #checkTarget(operation: string, target: TgsiTextureTarget): void {
    checkChoice(
      operation,
      'target',
      target,
      TGSI_TEXTURE_TARGETS.filter((name) => name !== 'UNKNOWN'),
    );
  }

  #declareOnce(
    operation: string,
    file: TgsiFile,
    index: number,
    attributes: DeclarationAttributes,
    count = 1,
  ): void {
    if (this.#table.declareAt(file, index, count, attributes)) return;
    throw operandError(
      operation,
      'index',
      'one that is free or was declared the same way',
      `${file}[${index}]`,
    );
  }
}
