// Simpler forms of single pieces: shaders with fewer lines, resources that are smaller.

import { CommandEncoder, type Command, decode } from '../../../protocol';
import type { ResourceCreateArgs } from '../../../host';
import { type Atom, withDwords, withRecord } from '../atoms';

/** A shader that can be written anew with other lines. */
export interface ShaderLines {
  readonly lines: readonly string[];
  /** The piece with some of its lines; undefined if it can't be encoded. */
  with(lines: readonly string[]): Atom | undefined;
}

type ShaderCommand = Extract<Command, { object: 'SHADER' }>;

/** The lines of a shader; undefined for any other piece. */
export const shaderLinesOf = (atom: Atom): ShaderLines | undefined => {
  if (atom.name !== 'CREATE_OBJECT' || atom.dwords === undefined) return undefined;
  const packets = [...decode(atom.dwords, { onError: 'raw' })].filter(
    (command): command is ShaderCommand => command.name === 'CREATE_OBJECT' && command.object === 'SHADER',
  );
  const [first] = packets;
  if (first === undefined || packets.at(-1)?.fields.text === undefined) return undefined;
  const { handle, stage, numTokens, streamOutput, sharedMemoryBytes } = first.fields;
  const text = packets.map(({ fields }) => fields.text ?? fields.chunk ?? '').join('');
  const lines = text.split('\n');
  return {
    lines,
    with: (kept) => {
      const encoder = new CommandEncoder();
      encoder.createShader({
        handle,
        stage,
        numTokens,
        ...(streamOutput !== undefined && { streamOutput }),
        ...(sharedMemoryBytes !== undefined && { sharedMemoryBytes }),
        text: kept.join('\n'),
      });
      const dwords = encoder.finish();
      return withDwords(atom, dwords, [...decode(dwords)].length);
    },
  };
};

const SIZES: readonly (keyof ResourceCreateArgs & ('width' | 'height' | 'depth' | 'arraySize'))[] = [
  'width',
  'height',
  'depth',
  'arraySize',
];

/** Forms of a resource that are simpler by one step, the boldest first; none for any other piece. */
export const smallerResources = (atom: Atom): Atom[] => {
  const { record } = atom;
  if (record?.kind !== 'call' || record.name !== 'resourceCreate') return [];
  const args = record.args as ResourceCreateArgs;
  const forms: ResourceCreateArgs[] = [];
  for (const key of ['lastLevel', 'nrSamples'] as const)
    if ((args[key] ?? 0) > 0) forms.push({ ...args, [key]: 0 });
  for (const key of SIZES) {
    const size = args[key] ?? 1;
    const smaller = size > 2 ? [1, size >> 1] : size === 2 ? [1] : [];
    for (const value of smaller) forms.push({ ...args, [key]: value });
  }
  return forms.map((form) => withRecord(atom, { ...record, args: form } as typeof record));
};
