// Checks of ranges of buffers that hosts hand to GL: not empty, aligned as every GL wants it, inside of the buffer.

import { QueryValueType, TextureTarget } from '../enums';
import type { CheckRule } from './rules';
import { hasRelease } from './releases';
import { listAt, nameOf, numberAt, type Check, type Settings, type Site, type Values } from './site';

interface RangeFields {
  /** A list of records with these fields; otherwise the command has them. */
  readonly list?: string;
  readonly offset: string;
  /** None for results of queries, whose type tells their length. */
  readonly length?: string;
  /** Offsets are multiples of it, and lengths too. */
  readonly unit: number;
  /** The rule that is broken by what does not lie inside of the buffer. */
  readonly outside: (settings: Settings) => CheckRule;
}

const unchecked = (): CheckRule => 'range-unchecked';
const list = { list: 'buffers', offset: 'offset', length: 'length' } as const;
const DWORD_BYTES = 4;

const RANGES: Readonly<Record<string, RangeFields>> = {
  SET_SHADER_BUFFERS: {
    ...list,
    unit: 1,
    outside: ({ release }) => (hasRelease(release, '1.0') ? 'buffer-range' : 'range-unchecked'),
  },
  SET_ATOMIC_BUFFERS: { ...list, unit: DWORD_BYTES, outside: unchecked },
  SET_UNIFORM_BUFFER: { offset: 'offset', length: 'length', unit: 1, outside: unchecked },
  GET_QUERY_RESULT_QBO: { offset: 'offset', unit: 1, outside: unchecked },
  'CREATE_OBJECT STREAMOUT_TARGET': {
    offset: 'bufferOffset',
    length: 'bufferSize',
    unit: DWORD_BYTES,
    outside: unchecked,
  },
};

const WIDE_RESULTS: readonly number[] = [QueryValueType.I64, QueryValueType.U64];

const resultBytes = (values: Values): number =>
  WIDE_RESULTS.includes(numberAt(values, 'resultType')) ? 2 * DWORD_BYTES : DWORD_BYTES;

const checkOne = (site: Site, fields: RangeFields, values: Values, path: string): void => {
  const { report, settings } = site;
  const resource = numberAt(values, 'resource');
  if (resource === 0) return;
  const { unit } = fields;
  const offset = numberAt(values, fields.offset);
  const length = fields.length === undefined ? resultBytes(values) : numberAt(values, fields.length);
  const { target, width } = settings.resources?.get(resource) ?? {};
  const room = target === TextureTarget.BUFFER && width !== undefined ? width : Infinity;
  const multiple = unit === 1 ? '' : `a multiple of ${unit} `;
  if (offset % unit !== 0)
    report('range-unchecked', `expected ${multiple}but found ${offset}`, path + fields.offset);
  const lengthPath = path + (fields.length ?? fields.offset);
  if (length === 0 || length % unit !== 0)
    report('range-unchecked', `expected ${multiple}above 0 but found ${length}`, lengthPath);
  if (offset + length > room) {
    const message = `expected a range inside of ${room} bytes but found ${length} at ${offset}`;
    report(fields.outside(settings), message, lengthPath);
  }
};

/** Checks the ranges of buffers that a command names. */
export const checkRanges: Check = (site) => {
  const fields = RANGES[nameOf(site.command)];
  if (fields === undefined) return;
  if (fields.list === undefined) return checkOne(site, fields, site.values, '');
  listAt<Values>(site.values, fields.list).forEach((values, index) => {
    checkOne(site, fields, values, `${fields.list}[${index}].`);
  });
};
