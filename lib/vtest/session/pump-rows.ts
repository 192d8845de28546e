// What the pump does for requests that come in every frame, made from the tables of the protocol. Facts: vtest_renderer.c.

import type { PumpRow } from '../../host';
import { Format } from '../../protocol/formats';
import { VTEST_COMMANDS, type VtestCommand, type VtestCommandName } from '../commands';

interface Deed {
  action: PumpRow['action'];
  /** The fields that are its arguments. */
  args?: readonly string[];
  /** Other requests of this command are not for the pump. */
  only?: Readonly<Record<string, readonly [least: number, most: number]>>;
  /** Dwords of the answer's header. */
  answer?: readonly [length: number, id: number];
}

const { TRANSFER_GET, TRANSFER_PUT, RESOURCE_CREATE2, RESOURCE_BUSY_WAIT, PING_PROTOCOL_VERSION } =
  VTEST_COMMANDS;

/** A buffer: as many bytes as it is wide, and nothing else. */
const BUFFER = {
  target: [0, 0],
  format: [Format.R8_UNORM, Format.R8_UNORM],
  height: [0, 1],
  depth: [0, 1],
  arraySize: [0, 1],
  lastLevel: [0, 0],
  nrSamples: [0, 1],
} as const;

const TRANSFER = ['handle', 'level', 'x', 'y', 'z', 'width', 'height', 'depth', 'offset'];

const DEEDS: { readonly [Name in VtestCommandName]?: Deed } = {
  SUBMIT_CMD: { action: 'submit' },
  RESOURCE_CREATE2: {
    action: 'create',
    args: RESOURCE_CREATE2.fields,
    only: BUFFER,
    answer: [1, RESOURCE_CREATE2.id],
  },
  RESOURCE_UNREF: { action: 'drop', args: ['handle'] },
  TRANSFER_PUT: { action: 'put', args: TRANSFER_PUT.fields },
  TRANSFER_GET: { action: 'get', args: TRANSFER_GET.fields },
  TRANSFER_PUT2: { action: 'upload', args: TRANSFER },
  TRANSFER_GET2: { action: 'download', args: TRANSFER },
  RESOURCE_BUSY_WAIT: { action: 'settle', args: ['flags'], answer: [1, RESOURCE_BUSY_WAIT.id] },
  PING_PROTOCOL_VERSION: { action: 'answer', answer: [0, PING_PROTOCOL_VERSION.id] },
};

const tailOf = (tail: VtestCommand['tail']): PumpRow['tail'] => {
  switch (tail?.kind) {
    case 'header-dwords':
      return 'dwords';
    case 'bytes':
      return 'bytes';
    default:
      return 'none';
  }
};

const rowOf = (name: VtestCommandName, deed: Deed): PumpRow => {
  const { id, fields, tail }: VtestCommand = VTEST_COMMANDS[name];
  const { action, args = [], only = {}, answer = [] } = deed;
  const slotOf = (field: string): number => fields.indexOf(field);
  return {
    id,
    action,
    fixedWords: fields.length,
    needsContext: action !== 'answer',
    tail: tailOf(tail),
    slots: args.map(slotOf),
    only: Object.entries(only).flatMap(([field, bounds]) => [slotOf(field), ...bounds]),
    answer,
  };
};

/** The rows of the pump. */
export const PUMP_ROWS: readonly PumpRow[] = Object.entries(DEEDS).map(([name, deed]) =>
  rowOf(name as VtestCommandName, deed),
);
