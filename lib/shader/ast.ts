// The syntax tree of a TGSI text: what the parser of virglrenderer (tgsi_text.c) keeps of it, in source order.
import type { TgsiOpcode } from './tables/opcodes';
import type { TgsiPropertyName } from './tables/properties';
import type { TgsiSemanticName } from './tables/semantics';
import type {
  TgsiFile,
  TgsiImmediateType,
  TgsiInterpolation,
  TgsiInterpolationLocation,
  TgsiMemoryQualifier,
  TgsiMemoryType,
  TgsiReturnType,
  TgsiStage,
  TgsiTextureTarget,
} from './tables/words';

/** Where a node starts in its text; line and column count from 1, the offset from 0 in UTF-16 units. */
export interface TgsiLocation {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** A component of a vector register. */
export type TgsiComponent = 'x' | 'y' | 'z' | 'w';

/** A whole shader. */
export interface TgsiShader {
  readonly stage: TgsiStage;
  readonly statements: readonly TgsiStatement[];
  readonly location: TgsiLocation;
}

/** Anything that may follow the header, in any order as far as the parser goes. */
export type TgsiStatement =
  TgsiProperty | TgsiUnknownProperty | TgsiDeclaration | TgsiImmediate | TgsiInstruction;

/** `PROPERTY NAME value` with a name that virglrenderer knows. */
export interface TgsiProperty {
  readonly kind: 'property';
  readonly name: TgsiPropertyName;
  /** What the host stores: the written number, or the position of the written word in its list. */
  readonly value: number;
  /** The value as printed. */
  readonly text: string;
  readonly location: TgsiLocation;
}

/** A property that virglrenderer does not know: it skips the rest of the line. */
export interface TgsiUnknownProperty {
  readonly kind: 'unknown-property';
  readonly name: string;
  /** Everything between the name and the end of the line, as written. */
  readonly rest: string;
  readonly location: TgsiLocation;
}

/** `[first..last]`, `[n]` with first = last, or `[]` whose size follows from the stage. */
export interface TgsiRange {
  readonly first: number;
  readonly last: number;
  /** Written as `[]`. */
  readonly implied: boolean;
}

/** `DCL FILE[…]`. Attributes that were not written are absent. */
export interface TgsiDeclaration {
  readonly kind: 'declaration';
  readonly file: TgsiFile;
  /** The first bracket where two were written: uniform block, atomic buffer or (ignored by the host) vertices. */
  readonly dimension?: TgsiRange;
  readonly range: TgsiRange;
  /** Components that are used, in the order xyzw. */
  readonly usageMask: string;
  readonly arrayId?: number;
  readonly local: boolean;
  readonly semantic?: TgsiDeclaredSemantic;
  /** Vertex streams of the four components; outputs of geometry shaders only. */
  readonly streams?: readonly [number, number, number, number];
  readonly image?: TgsiImageAttributes;
  readonly samplerView?: TgsiSamplerViewAttributes;
  /** BUFFER holds atomic counters. */
  readonly atomic: boolean;
  readonly memory?: TgsiMemoryType;
  readonly interpolation?: TgsiInterpolation;
  readonly interpolationLocation?: TgsiInterpolationLocation;
  readonly invariant: boolean;
  readonly location: TgsiLocation;
}

/** The semantic of an input, output or system value. */
export interface TgsiDeclaredSemantic {
  readonly name: TgsiSemanticName;
  readonly index: number;
}

/** Attributes of `DCL IMAGE`. */
export interface TgsiImageAttributes {
  readonly target: TgsiTextureTarget;
  /** With its PIPE_FORMAT_ prefix. */
  readonly format?: string;
  readonly writable: boolean;
  readonly raw: boolean;
}

/** Attributes of `DCL SVIEW`. */
export interface TgsiSamplerViewAttributes {
  readonly target: TgsiTextureTarget;
  /** One to four types; the host keeps the first for all components. */
  readonly returnTypes: readonly TgsiReturnType[];
}

/** `IMM[n] TYPE {…}`. */
export interface TgsiImmediate {
  readonly kind: 'immediate';
  /** Position among the immediates. */
  readonly index: number;
  readonly type: TgsiImmediateType;
  /** The literals as written, four or (64-bit types) two. */
  readonly texts: readonly string[];
  /** The four 32-bit words that the host stores. */
  readonly words: readonly number[];
  readonly location: TgsiLocation;
}

/** An index: a number, or a number plus the content of an address register. */
export interface TgsiIndex {
  readonly value: number;
  readonly indirect?: TgsiIndirect;
}

/** The register that an index is read from. */
export interface TgsiIndirect {
  readonly file: TgsiFile;
  readonly index: number;
  readonly component: TgsiComponent;
  /** The `(id)` of the declared array that the access stays in. */
  readonly arrayId?: number;
}

/** What destinations and sources have in common. */
export interface TgsiOperand {
  readonly file: TgsiFile;
  /** The first bracket of a register with two: vertex, uniform block or atomic buffer. */
  readonly dimension?: TgsiIndex;
  readonly index: TgsiIndex;
  readonly location: TgsiLocation;
}

/** A written register. */
export interface TgsiDestination extends TgsiOperand {
  /** Components in the order xyzw. */
  readonly writeMask: string;
}

/** A read register. */
export interface TgsiSource extends TgsiOperand {
  /** Exactly four components. */
  readonly swizzle: string;
  readonly negate: boolean;
  readonly absolute: boolean;
}

/** A texel offset of a texture instruction. */
export interface TgsiTextureOffset {
  readonly file: TgsiFile;
  readonly index: number;
  /** Exactly three components. */
  readonly swizzle: string;
  readonly location: TgsiLocation;
}

/** The tail of a memory instruction. */
export interface TgsiMemoryTail {
  /** In the order COHERENT, RESTRICT, VOLATILE, each at most once. */
  readonly qualifiers: readonly TgsiMemoryQualifier[];
  readonly target?: TgsiTextureTarget;
  /** With its PIPE_FORMAT_ prefix. */
  readonly format?: string;
}

/** One instruction. */
export interface TgsiInstruction {
  readonly kind: 'instruction';
  /** The number before the colon; virglrenderer ignores it. */
  readonly label?: number;
  readonly opcode: TgsiOpcode;
  readonly saturate: boolean;
  readonly precise: boolean;
  readonly destinations: readonly TgsiDestination[];
  readonly sources: readonly TgsiSource[];
  readonly target?: TgsiTextureTarget;
  readonly offsets: readonly TgsiTextureOffset[];
  readonly memory?: TgsiMemoryTail;
  /** The number after the colon of IF, ELSE, BGNLOOP, …; virglrenderer ignores it. */
  readonly branch?: number;
  readonly location: TgsiLocation;
}

const ofKind =
  <Kind extends TgsiStatement['kind']>(kind: Kind) =>
  (shader: TgsiShader): Extract<TgsiStatement, { kind: Kind }>[] =>
    shader.statements.filter(
      (statement): statement is Extract<TgsiStatement, { kind: Kind }> => statement.kind === kind,
    );

/** The known properties of a shader, in source order. */
export const tgsiProperties = ofKind('property');
/** The declarations of a shader, in source order. */
export const tgsiDeclarations = ofKind('declaration');
/** The immediates of a shader, in source order. */
export const tgsiImmediates = ofKind('immediate');
/** The instructions of a shader, in source order. */
export const tgsiInstructions = ofKind('instruction');
