// The text of docs/c-api.md, made from the call table and from what the addon knows.

import { addon, C_FUNCTIONS_WITHOUT_CALL, HOST_CALL_NAMES, HOST_CALLS } from '../lib/host';

const HEAD = `# The C functions of virglrenderer and their calls

Made by \`npm run docs\` from \`lib/host/call-table.ts\`; a test compares it with the installed header. "First release" is
the first that exports the symbol. Calls are methods of \`RenderHost\`; each takes one object and returns a promise.
A call that the installed library does not have rejects with \`ERR_VIRGL_UNSUPPORTED\`; \`host.features\` tells beforehand.

| C function | TypeScript | first release |
|---|---|---|
`;

const row = (c: string, call: string, first: string): string => `| \`${c}\` | ${call} | ${first} |`;

/** The whole page. */
export const cApiTable = (): string => {
  const { functions } = addon();
  const rows = new Map<string, string>();
  for (const name of HOST_CALL_NAMES) {
    const { c, params } = HOST_CALLS[name];
    const args = params.filter(({ type }) => type !== 'known').map((param) => param.name);
    const call = `\`${name}(${args.length === 0 ? '' : `{ ${args.join(', ')} }`})\``;
    rows.set(c, rows.has(c) ? `${rows.get(c)}, ${call}` : call);
  }
  const lines = [...rows].map(([c, call]) => row(c, call, functions[c]));
  for (const [c, { how, first }] of Object.entries(C_FUNCTIONS_WITHOUT_CALL)) lines.push(row(c, how, first));
  return `${HEAD}${lines.sort().join('\n')}\n`;
};
