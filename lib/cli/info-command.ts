// `virgl info`: what renders here, and what it can do.

import type { Command } from 'commander';
import { HOST_CALL_NAMES, type CapSetInfo, type NativeHostInfo, type RenderHost } from '../host';
import { type Capset, CapsetId } from '../protocol';
import { Renderer, type RendererInfo } from '../renderer';
import { capsetLines, wrap } from './capset-lines';
import { reportFailure } from './failure';

/** What `virgl info --json` prints. */
export interface InfoReport {
  library: { path: string; release: string; exact: boolean };
  start: Pick<NativeHostInfo, 'platform' | 'renderNode' | 'initFlags' | 'failedStarts'>;
  gl: { renderer: string; version: string; glslLevel: number };
  features: Readonly<Record<string, boolean>>;
  capsets: ({ id: number; name: string } & CapSetInfo)[];
  /** Capability set 2, decoded; formats as arrays of names. */
  capset: { fields: Record<string, unknown> } & Pick<Capset, 'capabilityBits' | 'features' | 'primitives'>;
}

interface InfoOptions {
  json?: true;
  library?: string;
}

const listCapsets = async (host: RenderHost): Promise<InfoReport['capsets']> => {
  const sets = Object.entries(CapsetId).map(async ([name, id]) => ({
    id,
    name,
    ...(await host.getCapSet({ capsetId: id })),
  }));
  return (await Promise.all(sets)).filter(({ maxSizeBytes }) => maxSizeBytes > 0);
};

// virglrenderer logs "gl_version 45 - core profile enabled" when it starts; there is no call that tells.
const glVersion = (startLog: string): string => {
  const match = /gl_version (\d)(\d) - (.*)/.exec(startLog);
  return match === null ? '' : `${match[1]}.${match[2]} (${match[3]})`;
};

const plainCapset = ({ fields, capabilityBits, features, primitives }: Capset): InfoReport['capset'] => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Set ? [...value] : value]),
  ),
  capabilityBits,
  features,
  primitives,
});

const report = async (host: RenderHost, info: RendererInfo, native: NativeHostInfo): Promise<InfoReport> => ({
  library: { path: native.libraryPath, release: native.release, exact: native.exact },
  start: {
    platform: native.platform,
    renderNode: native.renderNode,
    initFlags: native.initFlags,
    failedStarts: native.failedStarts,
  },
  gl: { renderer: info.renderer, version: glVersion(native.startLog), glslLevel: info.glslLevel },
  features: host.features,
  capsets: await listCapsets(host),
  capset: plainCapset(info.capset),
});

const formatReport = ({ library, start, gl, features, capsets }: InfoReport, decoded: Capset): string => {
  const missing = HOST_CALL_NAMES.filter((name) => !features[name]);
  const capset = ({ id, name, maxVersion, maxSizeBytes }: InfoReport['capsets'][number]): string =>
    `  ${id} ${name}, version ${maxVersion}, ${maxSizeBytes} bytes`;
  return [
    `library       ${library.path}`,
    `release       ${library.release}${library.exact ? '' : ' or newer'}`,
    `platform      ${start.platform}${start.renderNode === undefined ? '' : ` on ${start.renderNode}`}`,
    ...start.failedStarts.map((failure) => `  did not work: ${failure}`),
    `GL renderer   ${gl.renderer}`,
    `GL version    ${gl.version}`,
    `GLSL level    ${gl.glslLevel}`,
    `host calls    ${HOST_CALL_NAMES.length - missing.length} of ${HOST_CALL_NAMES.length}`,
    ...(missing.length === 0 ? [] : ['  not in this release:', ...wrap(missing, '    ')]),
    'capability sets',
    ...capsets.map(capset),
    `capability set ${decoded.id}`,
    ...capsetLines(decoded),
  ].join('\n');
};

const info = async ({ json, library }: InfoOptions): Promise<void> => {
  await using renderer = await Renderer.open({ libraryPath: library });
  // Renderer.open without a host opens a native one.
  const native = renderer.info.native as NativeHostInfo;
  const found = await report(renderer.host, renderer.info, native);
  console.log(json ? JSON.stringify(found, null, 2) : formatReport(found, renderer.info.capset));
};

/** Adds the verb. */
export const addInfo = (program: Command): void => {
  program
    .command('info')
    .description('show the library, how it renders here, and its capability sets')
    .option('--json', 'as JSON')
    .option('--library <path>', 'another libvirglrenderer.so.1')
    .addHelpText('after', '\nExamples:\n  virgl info\n  virgl info --json | jq .gl.renderer')
    .action((options: InfoOptions) => info(options).catch(reportFailure));
};
