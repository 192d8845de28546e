// The registers that a builder hands out: immutable values that say how an instruction reads or writes them.
import { invalidArgument, VirglError } from '../../protocol/error';
import type {
  TgsiComponent,
  TgsiDestination,
  TgsiIndex,
  TgsiLocation,
  TgsiSource,
  TgsiTextureOffset,
} from '../ast';
import { DESTINATION_FILES, SOURCE_FILES } from '../check/limits';
import { checkInteger } from '../options';
import type { TgsiFile, TgsiTextureTarget } from '../tables/words';
import { ALL_COMPONENTS } from '../text/operands';

/** The place of nodes that come from no text. */
export const NOWHERE: TgsiLocation = { line: 0, column: 0, offset: 0 };

const COMPONENTS = 'xyzw';
const SWIZZLE = /^(?:[xyzw]|[xyzw]{4})$/;
const MASK = /^(?=.)x?y?z?w?$/;

/** What makes up a register; {@link TgsiRegister} has the methods. */
export interface RegisterFields {
  /** The builder that it belongs to. */
  readonly owner: object;
  readonly file: TgsiFile;
  readonly index: TgsiIndex;
  readonly dimension?: TgsiIndex;
  /** Registers from `index` on that may be reached with `at`. */
  readonly count: number;
  /** The declared array, for indirect access. */
  readonly arrayId?: number;
  /** One register per vertex: `vertex` has to be called. */
  readonly perVertex: boolean;
  /** Texture target of a sampler or image. */
  readonly target?: TgsiTextureTarget;
  /** Format of an image. */
  readonly format?: string;
  /** An image that was declared without `writable`. */
  readonly readOnly?: boolean;
  readonly swizzle?: string;
  readonly mask?: string;
  readonly negate: boolean;
  readonly absolute: boolean;
}

/**
 * A register of a {@link TgsiBuilder}. Every method returns a new value; the register itself never changes. `x`, `y`,
 * `z` and `w` read one component into all four, or write that component only.
 */
export class TgsiRegister {
  /** @internal */
  readonly fields: RegisterFields;

  /** @internal Builders make registers. */
  constructor(fields: RegisterFields) {
    this.fields = fields;
  }

  get x(): TgsiRegister {
    return this.#component('x');
  }

  get y(): TgsiRegister {
    return this.#component('y');
  }

  get z(): TgsiRegister {
    return this.#component('z');
  }

  get w(): TgsiRegister {
    return this.#component('w');
  }

  /** Reads the components in this order: four letters, or one for all four. Swizzles of swizzles combine. */
  swizzle(components: string): TgsiRegister {
    if (!SWIZZLE.test(components)) {
      throw invalidArgument('TgsiRegister.swizzle', 'components', 'one or four of x, y, z, w', components);
    }
    const before = this.fields.swizzle ?? ALL_COMPONENTS;
    const wanted = components.padEnd(4, components.charAt(0));
    const swizzle = [...wanted].map((component) => before.charAt(COMPONENTS.indexOf(component))).join('');
    return this.#with({ swizzle, mask: undefined });
  }

  /** Writes these components only: letters in the order xyzw. */
  mask(components: string): TgsiRegister {
    if (!MASK.test(components)) {
      throw invalidArgument('TgsiRegister.mask', 'components', 'some of xyzw in this order', components);
    }
    return this.#with({ mask: components, swizzle: undefined });
  }

  /** Reads the negative. */
  neg(): TgsiRegister {
    return this.#with({ negate: !this.fields.negate });
  }

  /** Reads the absolute value. */
  abs(): TgsiRegister {
    return this.#with({ absolute: true, negate: false });
  }

  /** The register `offset` places on, within what was declared together. */
  at(offset: number): TgsiRegister {
    const { index, count } = this.fields;
    checkInteger('TgsiRegister.at', 'offset', offset, 0, count - 1);
    return this.#with({ index: { ...index, value: index.value + offset }, count: count - offset });
  }

  /** The register as many places on as a component of an address register says, plus `offset`. */
  index(address: TgsiRegister, offset = 0): TgsiRegister {
    checkInteger('TgsiRegister.index', 'offset', offset, -0x8000, 0x7fff);
    const { index, arrayId } = this.fields;
    const indirect = {
      ...indirectOf('TgsiRegister.index', address),
      ...(arrayId === undefined ? {} : { arrayId }),
    };
    return this.#with({ index: { value: index.value + offset, indirect } });
  }

  /** The register of one vertex, for the inputs and outputs that there is one of per vertex. */
  vertex(vertex: number | TgsiRegister): TgsiRegister {
    const operation = 'TgsiRegister.vertex';
    if (!this.fields.perVertex)
      throw invalidArgument(operation, 'register', 'one per vertex', this.toString());
    if (vertex instanceof TgsiRegister) {
      return this.#with({ dimension: { value: 0, indirect: indirectOf(operation, vertex) } });
    }
    checkInteger(operation, 'vertex', vertex, 0, 31);
    return this.#with({ dimension: { value: vertex } });
  }

  /** File and index, for messages. */
  toString(): string {
    const { file, dimension, index } = this.fields;
    return `${file}${dimension === undefined ? '' : `[${dimension.value}]`}[${index.value}]`;
  }

  #component(component: TgsiComponent): TgsiRegister {
    const swizzled = this.swizzle(component);
    return this.fields.swizzle === undefined ? swizzled.#with({ mask: component }) : swizzled;
  }

  #with(
    changes: Partial<{ -readonly [Key in keyof RegisterFields]: RegisterFields[Key] | undefined }>,
  ): TgsiRegister {
    return new TgsiRegister({ ...this.fields, ...changes } as RegisterFields);
  }
}

const indirectOf = (
  operation: string,
  address: TgsiRegister,
): { file: 'ADDR'; index: number; component: TgsiComponent } => {
  const { file, index, swizzle = ALL_COMPONENTS } = address.fields;
  const component = swizzle.charAt(0) as TgsiComponent;
  if (file !== 'ADDR' || swizzle !== component.repeat(4)) {
    throw invalidArgument(
      operation,
      'address',
      'one component of an address register',
      `${address}.${swizzle}`,
    );
  }
  return { file: 'ADDR', index: index.value, component };
};

/** The error for a register that can't stand where it was put. */
export const operandError = (
  operation: string,
  operand: string,
  expected: string,
  found: string,
): VirglError =>
  new VirglError(
    'ERR_VIRGL_ARGUMENT',
    `${operation}: expected ${expected} for ${operand} but received ${found}`,
    { operation, field: operand, value: found },
  );

const baseOf = (operation: string, operand: string, register: TgsiRegister) => {
  const { file, index, dimension, perVertex } = register.fields;
  if (perVertex && dimension === undefined) {
    throw operandError(
      operation,
      operand,
      'one vertex, chosen with vertex(),',
      `${register} of all vertices`,
    );
  }
  return { file, index, ...(dimension === undefined ? {} : { dimension }), location: NOWHERE };
};

/** The register as it is written. */
export const asDestination = (
  operation: string,
  operand: string,
  register: TgsiRegister,
): TgsiDestination => {
  const { file, mask, swizzle, negate, absolute } = register.fields;
  if (!DESTINATION_FILES.has(file)) {
    throw operandError(
      operation,
      operand,
      `a register of ${[...DESTINATION_FILES].join(', ')}`,
      `${register}`,
    );
  }
  if ((swizzle !== undefined && mask === undefined) || negate || absolute) {
    throw operandError(
      operation,
      operand,
      'a register with at most a mask',
      `${register} with a swizzle or sign`,
    );
  }
  return { ...baseOf(operation, operand, register), writeMask: mask ?? ALL_COMPONENTS };
};

/** The register as it is read. */
export const asSource = (operation: string, operand: string, register: TgsiRegister): TgsiSource => {
  const { file, mask, swizzle, negate, absolute } = register.fields;
  if (!SOURCE_FILES.has(file)) {
    throw operandError(operation, operand, `a register of ${[...SOURCE_FILES].join(', ')}`, `${register}`);
  }
  if (mask !== undefined && swizzle === undefined) {
    throw operandError(operation, operand, 'a register with at most a swizzle', `${register} with a mask`);
  }
  return { ...baseOf(operation, operand, register), swizzle: swizzle ?? ALL_COMPONENTS, negate, absolute };
};

/** The register as a texel offset. */
export const asOffset = (operation: string, operand: string, register: TgsiRegister): TgsiTextureOffset => {
  const { file, index, swizzle } = asSource(operation, operand, register);
  if (file !== 'IMM' && file !== 'TEMP' && file !== 'IN') {
    throw operandError(operation, operand, 'a register of IMM, TEMP, IN', `${register}`);
  }
  return { file, index: index.value, swizzle: swizzle.slice(0, 3), location: NOWHERE };
};
