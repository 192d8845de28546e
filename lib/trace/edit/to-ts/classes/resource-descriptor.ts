// Descriptors of the resources that a trace makes.

import { Format, TextureTarget } from '../../../../protocol';
import type { CallRecord, TraceRange } from '../../../model';
import type { Code } from '../code';
import type { ValueWriter } from '../values';
import { completeArgs } from './same-call';
import { type Entry, listTerm, plainTerm, unless } from './term';

/** Arguments of `resourceCreate`, complete. */
export interface ResourceShape {
  readonly resourceId: number;
  readonly target: number;
  readonly format: number;
  readonly bind: number;
  readonly width: number;
  readonly backing: readonly TraceRange[];
}

/** The shape of a resource that a call makes. */
export const shapeOf = (call: CallRecord): ResourceShape =>
  completeArgs('resourceCreate', call.args) as unknown as ResourceShape;

/** Fields of a descriptor with their defaults, apart from target and format. */
const PLAIN_FIELDS = { height: 1, depth: 1, arraySize: 1, lastLevel: 0, nrSamples: 0 } as const;

/** The descriptor of a resource, apart from its id. */
export const descriptorEntries = (
  shape: ResourceShape,
  values: ValueWriter,
  rangeCode: (range: TraceRange) => Code,
): readonly Entry[] => {
  const { target, format, bind, backing } = shape;
  const { names } = values;
  const numbers = shape as unknown as Readonly<Record<string, number>>;
  const usual = target === TextureTarget.BUFFER ? Format.R8_UNORM : Format.R8G8B8A8_UNORM;
  const flags = numbers.flags ?? 0;
  return [
    ...unless(target === TextureTarget.TEXTURE_2D, 'target', () => ({
      value: target,
      code: names.enumeration('TextureTarget', target),
    })),
    ...unless(format === usual, 'format', () => ({
      value: format,
      code: names.enumeration('Format', format),
    })),
    ['bind', { value: bind, code: names.flags('Bind', bind) }],
    ['width', plainTerm(shape.width)],
    ...Object.entries(PLAIN_FIELDS).flatMap(([key, usually]) =>
      unless(numbers[key] === usually, key, () => plainTerm(numbers[key] ?? usually)),
    ),
    ...unless(flags === 0, 'flags', () => ({ value: flags, code: names.flags('ResourceFlag', flags) })),
    ...unless(backing.length === 0, 'backing', () =>
      listTerm(backing.map((range) => ({ value: range, code: rangeCode(range) }))),
    ),
  ];
};
