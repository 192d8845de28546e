// The text of docs/protocol.md, made from the schema.

import {
  BSET_BITS,
  CAPABILITY_BITS,
  CAPABILITY_BITS_V2,
  CAPSET_V1_FIELDS,
  CAPSET_V2_FIELDS,
  CAPSET_V2_SIZES,
  CHECK_RULES,
  COMMANDS,
  ENUMS,
  FLAGS,
  Format,
  FORMAT_ALIASES,
  FORMAT_MAX,
  formatLayout,
  layoutLines,
  lengthPhrase,
  OBJECTS,
  type CapsetField,
  type Layout,
  type Release,
} from '../lib/protocol';

const HEAD = `# The virgl command stream

Made by \`npm run docs\` from the schema in \`lib/protocol\`. \`virgl explain NAME\` prints the entry of a command, an object,
a format or a word.

A stream is a sequence of commands. Each is a header dword and its payload, little-endian: bits 0–7 of the header are the
opcode, bits 8–15 the object type (of CREATE_OBJECT, BIND_OBJECT and DESTROY_OBJECT), bits 16–31 the number of payload
dwords. Dword 0 is the header, the payload begins at 1; the dwords of list items (\`name[].field\`) count from the item.
"since" is the first release that has it; 0.8 stands for 0.8 or older. Fields of variants are readings of the same bits.
`;

const TEXT_FORM = `## As text

\`virgl dump\` prints a command per line, \`NAME field=value …\`, and \`virgl assemble\` reads it back. Fields with their default
are left out. \`[…]\` is a list, \`{…}\` a record, \`A|B\` flags; \`#\` begins a comment. Numbers without a word, and masks, may be
in hex; a hex number in float data is the bits of a float.

- Texts with line breaks stand behind the command, each line behind \`|\`; a last line without a break opens with \`\\\`.
  \`\\xNN\` is a byte that is no printable character, \`\\u{N}\` a character.
- Long data stands in rows behind the command. \`[n]\` counts dwords, for floats vec4; \`0*8\` is eight times 0.
- \`residue\` tells dwords that the fields do not tell in full (reserved bits, odd NaNs): what the fields make of them, and
  what they are. \`extra\` are dwords behind the last field.
- \`UNKNOWN\` is a command that can't be decoded, with header and payload as they are.
- \`SUBMISSION\` begins each of several submissions.
`;

const escape = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: (string | number)[]): string =>
  `| ${cells.map((cell) => escape(String(cell))).join(' | ')} |`;
const table = (head: string[], rows: string[]): string =>
  [row(...head), `|${head.map(() => '---|').join('')}`, ...rows, ''].join('\n');

const layoutSection = (name: string, number: string, layout: Layout): string => {
  const rows = layoutLines(layout).map(({ place, name: field, type, doc, fallback }) =>
    row(place, `\`${field}\``, type, doc, fallback ?? ''),
  );
  const head = `### ${name}\n\n${layout.doc} ${number}, since ${layout.since}, payload ${lengthPhrase(layout.length)} ${lengthPhrase(layout.length) === '1' ? 'dword' : 'dwords'}.\n`;
  return `${head}\n${rows.length === 0 ? '' : table(['dword', 'field', 'type', 'meaning', 'default'], rows)}`;
};

const valueTable = (
  name: string,
  values: Readonly<Record<string, number>>,
  spell: (value: number) => string,
): string =>
  `### ${name}\n\n${Object.entries(values)
    .map(([word, value]) => `${word} ${spell(value)}`)
    .join(', ')}\n`;

const hex = (value: number): string => `0x${value.toString(16)}`;

const formatRows = (): string[] => {
  const aliases = new Map<string, string>(
    Object.entries(FORMAT_ALIASES).map(([short, long]) => [long, short]),
  );
  return Object.entries(Format).map(([name, value]) => {
    const since = Object.entries(FORMAT_MAX).find(([, max]) => value < max)?.[0] ?? '';
    return row(value, `\`${name}\``, blockOf(value), since, aliases.get(name) ?? '');
  });
};

const blockOf = (format: number): string => {
  try {
    const { blockWidth, blockHeight, blockDepth, blockBytes } = formatLayout(format);
    const size =
      blockDepth > 1 ? `${blockWidth}×${blockHeight}×${blockDepth}` : `${blockWidth}×${blockHeight}`;
    return size === '1×1' ? `${blockBytes}` : `${blockBytes} per ${size}`;
  } catch {
    return '';
  }
};

const capsetRows = (fields: Readonly<Record<string, CapsetField>>): string[] =>
  Object.entries(fields).map(([name, { offset, type, count, since }]) =>
    row(offset, `\`${name}\``, count === 1 ? type : `${type}[${count}]`, since),
  );

const bitList = (name: string, bits: readonly string[]): string =>
  `### ${name}\n\n${bits.map((bit, index) => `${index} ${bit}`).join(', ')}\n`;

const capsetSection = (): string =>
  [
    '## Capability sets\n',
    `Set 1 has 308 bytes. Set 2 begins with set 1; its size by release: ${(Object.entries(CAPSET_V2_SIZES) as [Release, number][]).map(([release, size]) => `${release} ${size}`).join(', ')}.\n`,
    '### Set 1\n',
    table(['byte', 'field', 'type', 'since'], capsetRows(CAPSET_V1_FIELDS)),
    '### Set 2\n',
    table(['byte', 'field', 'type', 'since'], capsetRows(CAPSET_V2_FIELDS)),
    bitList('bset', BSET_BITS),
    bitList('capabilityBits', CAPABILITY_BITS),
    bitList('capabilityBitsV2', CAPABILITY_BITS_V2),
  ].join('\n');

const commandSections = (): string[] =>
  Object.entries(COMMANDS as Record<string, Layout & { opcode: number }>)
    .sort(([, a], [, b]) => a.opcode - b.opcode)
    .map(([name, layout]) => layoutSection(name, `Opcode ${layout.opcode}`, layout));

const objectSections = (): string[] =>
  Object.entries(OBJECTS as Record<string, Layout & { objectType: number }>).map(([name, layout]) =>
    layoutSection(`CREATE_OBJECT ${name}`, `Object type ${layout.objectType}`, layout),
  );

const ruleRows = (): string[] =>
  Object.entries(CHECK_RULES).map(([rule, { severity, doc }]) => row(`\`${rule}\``, severity, doc));

/** The whole page. */
export const protocolPage = (): string =>
  [
    HEAD,
    TEXT_FORM,
    '## Commands\n',
    ...commandSections(),
    '## Objects\n',
    ...objectSections(),
    '## Enumerations\n',
    ...Object.entries(ENUMS)
      .filter(([name]) => name !== 'Format')
      .map(([name, values]) => valueTable(name, values, String)),
    '## Flags\n',
    ...Object.entries(FLAGS).map(([name, values]) => valueTable(name, values, hex)),
    capsetSection(),
    '## Static checks\n',
    '`virgl check` and `checkStream` look for these. Hosts refuse errors; they ignore or survive warnings.\n',
    table(['rule', 'severity', 'what is right'], ruleRows()),
    '## Formats\n',
    table(['number', 'format', 'bytes per block', 'since', 'name before 1.2'], formatRows()),
  ].join('\n');
