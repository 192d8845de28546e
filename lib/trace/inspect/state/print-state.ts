// The state at a command for people.

import { argumentWords } from '../call-words';
import type {
  ContextReport,
  ObjectState,
  ResourceReport,
  SlotState,
  SubContextReport,
  TraceState,
} from './state-at';

const INDENT = '    ';

const WIDTH = 116;
// What is longer is data, which JSON has in full.
const LONGEST_TEXT = 4000;

// Breaks long text between words; what goes on is indented further.
const wrapped = (line: string, indent: string): string[] => {
  const lines: string[] = [];
  let current = indent;
  for (const word of line.split(' ')) {
    if (current.length + word.length > WIDTH && current.trim() !== '') {
      lines.push(current.trimEnd());
      current = `${indent}${INDENT}${INDENT}`;
    }
    current += `${word} `;
  }
  return [...lines, current.trimEnd()];
};

const cut = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)} … (${text.length} characters)`;

const madeBy = ({ madeBy: commands, destroyedBy }: ObjectState): string => {
  const end = destroyedBy === undefined ? '' : `, destroyed by ${destroyedBy.number}`;
  return `made by ${commands.map(({ number }) => number).join(', ')}${end}`;
};

const resourceLine = ({
  resourceId,
  args,
  typed,
  contexts,
  backing,
  knownBytes,
  maker,
  call,
}: ResourceReport): string => {
  const backed = backing.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const notes = [
    `${maker} in call ${call}`,
    contexts.length === 0 ? 'in no context' : `in context ${contexts.join(', ')}`,
    ...(backed > 0 ? [`backing of ${backed} bytes`] : []),
    ...(knownBytes === undefined ? [] : [`${knownBytes} bytes known`]),
  ];
  const shape = typed === undefined ? args : { ...args, ...typed.fields };
  return `resource ${resourceId}:${argumentWords(shape)} (${notes.join(', ')})`;
};

const shaderLines = ({ shader }: ObjectState): string[] => {
  if (shader === undefined) return [];
  const lines = shader.text.trimEnd().split('\n');
  return [
    ...(shader.isComplete ? [] : [`${INDENT}${INDENT}(packets are missing)`]),
    ...lines.map((line, index) => `${INDENT}${INDENT}${String(index + 1).padStart(4)}  ${line}`),
  ];
};

const slotLines = (
  slot: SlotState,
  objects: readonly ObjectState[],
  resources: ReadonlyMap<number, ResourceReport>,
): string[] => {
  const bound = slot.objects.flatMap(({ handle, madeBy: number }) =>
    objects.filter((object) => object.handle === handle && object.madeBy[0]?.number === number),
  );
  return [
    ...wrapped(`${slot.slot}: ${cut(slot.text)} (set by ${slot.setBy.number} ${slot.setBy.name})`, ''),
    ...bound.flatMap((object) => [
      ...wrapped(`${object.kind} ${object.handle}: ${cut(object.text)} (${madeBy(object)})`, INDENT),
      ...(slot.state === 'shader' ? shaderLines(object) : []),
    ]),
    ...slot.resources.flatMap((id) => {
      const resource = resources.get(id);
      return wrapped(resource === undefined ? `resource ${id}: not alive` : resourceLine(resource), INDENT);
    }),
  ];
};

const subContextLines = (
  sub: SubContextReport,
  context: ContextReport,
  resources: ReadonlyMap<number, ResourceReport>,
): string[] => [
  '',
  `Bound in context ${context.contextId}, sub-context ${sub.subContextId}`,
  ...sub.slots.flatMap((slot) => slotLines(slot, [...sub.objects, ...context.video], resources)),
];

const objectsLine = (sub: SubContextReport, context: ContextReport): string => {
  const byKind = new Map<string, number[]>();
  for (const { kind, handle, destroyedBy } of [...sub.objects, ...context.video]) {
    if (destroyedBy === undefined) byKind.set(kind, [...(byKind.get(kind) ?? []), handle]);
  }
  const words = Array.from(byKind, ([kind, handles]) => `${kind} ${handles.join(' ')}`);
  return `Context ${context.contextId}, sub-context ${sub.subContextId}: ${words.length === 0 ? 'nothing' : words.join('; ')}`;
};

/**
 * A state as text: the command; what is bound in its sub-context, with what is bound there and which commands set it; the
 * objects of all contexts; the resources.
 */
export const printState = ({ command, contexts, resources, memory }: TraceState): string => {
  const byId = new Map(resources.map((resource) => [resource.resourceId, resource]));
  const context = contexts.find(({ contextId }) => contextId === command.contextId);
  const id = context?.currentSubContextId;
  const current = context?.subContexts.find(({ subContextId }) => subContextId === id);
  const lines = [
    `${command.number} ${command.text}`,
    `command ${command.indexInCall} of call ${command.call}, frame ${command.frame}`,
    ...(context !== undefined && current !== undefined ? subContextLines(current, context, byId) : []),
    '',
    'Objects alive',
    ...contexts.flatMap((each) => each.subContexts.map((sub) => objectsLine(sub, each))),
    '',
    'Resources alive',
    ...resources.flatMap((resource) => wrapped(resourceLine(resource), '')),
    ...(memory.length === 0
      ? []
      : [
          '',
          `Shared memory: ${memory.length} pieces, ${memory.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)} bytes`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
};
