// Debian's archive, read by apt with a configuration and an empty package database of its own: nothing of this machine's packages
// is looked at or changed, and no privileges are needed.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { VirglError } from '../../protocol/error';
import { runTool, type ToolOptions } from '../tool';
import { DEBIAN_KEYRING, DEBIAN_SUITES } from './contents';

/** One version of a package. */
export interface DebianPackage {
  name: string;
  version: string;
  /** Of its file in {@link DebianArchive.folder}. */
  fileName: string;
  sizeBytes: number;
  /** Such as `SHA256:…`. */
  digest: string;
}

const OPERATION = 'guest build';

// apt.conf(5). What the machine's own configuration says of proxies and mirrors stays in force, its hooks don't.
const configuration = (folder: string): string => `
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Default-Release;
Dir::State "${folder}/state";
Dir::State::lists "${folder}/state/lists";
Dir::State::status "${folder}/state/status";
Dir::State::extended_states "${folder}/state/extended_states";
Dir::Cache "${folder}/cache";
Dir::Cache::archives "${folder}/${EMPTY}";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::SourceList "${folder}/sources.list";
Dir::Etc::SourceParts "${folder}/${EMPTY}";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "${folder}/${EMPTY}";
APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::IndexTargets::deb::Contents-deb { DefaultEnabled "false"; };
`;

const sources = (): string =>
  DEBIAN_SUITES.map(
    ({ mirror, suite }) => `deb [arch=amd64 signed-by=${DEBIAN_KEYRING}] ${mirror} ${suite} main\n`,
  ).join('');

// apt names only the files that are not there yet, so it looks for them in a folder that stays empty.
const EMPTY = 'none';
const FOLDERS = ['state/lists/partial', 'cache', 'archives', `${EMPTY}/partial`];

// 'http://…/busybox-static_1.35.0-4%2bdeb12u1_amd64.deb' busybox-static_1%3a1.35.0-4+deb12u1_amd64.deb 928188 SHA256:f6f1…
const URI_LINE =
  /^'[^']+' (?<fileName>(?<name>[^_ ]+)_(?<version>[^_ ]+)_[^_ ]+\.deb) (?<size>\d+) (?<digest>\S*)/;

const parsePackages = (text: string): DebianPackage[] =>
  text.split('\n').flatMap((line) => {
    const { fileName, name, version, size, digest } = URI_LINE.exec(line)?.groups ?? {};
    if (fileName === undefined || name === undefined || version === undefined) return [];
    const decoded = decodeURIComponent(version);
    return [{ name, version: decoded, fileName, sizeBytes: Number(size), digest: digest ?? '' }];
  });

/** The packages of {@link DEBIAN_SUITES}, as seen from a machine on which none is installed. */
export class DebianArchive {
  /** Where downloaded packages lie. */
  readonly folder: string;
  readonly #configuration: string;
  readonly #empty: string;

  private constructor(folder: string) {
    this.folder = path.join(folder, 'archives');
    this.#configuration = path.join(folder, 'apt.conf');
    this.#empty = path.join(folder, EMPTY);
  }

  /**
   * @param folder for everything that apt keeps; made if it is missing
   * @throws VirglError `ERR_VIRGL_SYSTEM` without Debian's keyring
   */
  static async open(folder: string): Promise<DebianArchive> {
    if (!existsSync(DEBIAN_KEYRING)) {
      throw new VirglError(
        'ERR_VIRGL_SYSTEM',
        `${OPERATION}: ${DEBIAN_KEYRING} is missing: install the package debian-archive-keyring`,
        { operation: OPERATION },
      );
    }
    for (const name of FOLDERS) await mkdir(path.join(folder, name), { recursive: true });
    await writeFile(path.join(folder, 'state', 'status'), '');
    await writeFile(path.join(folder, 'sources.list'), sources());
    const archive = new DebianArchive(folder);
    await writeFile(archive.#configuration, configuration(folder));
    return archive;
  }

  /** Fetches the package lists. */
  async update(signal?: AbortSignal): Promise<void> {
    await this.#run('apt-get', ['-q', 'update'], { signal });
  }

  /** Packages and everything that they depend on. */
  async resolve(names: readonly string[]): Promise<DebianPackage[]> {
    const output = await this.#run('apt-get', ['-qq', '--print-uris', 'install', ...names]);
    return parsePackages(output).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One package without what it depends on. */
  async find(name: string): Promise<DebianPackage> {
    const output = await this.#run('apt-get', ['-qq', '--print-uris', 'download', name]);
    const [found] = parsePackages(output);
    if (found === undefined) throw new Error(`apt-get told no address of ${name}`);
    return found;
  }

  /** The first package that another depends on. */
  async firstDependency(name: string): Promise<string> {
    const output = await this.#run('apt-cache', ['depends', '--important', name]);
    const dependency = /Depends: (\S+)/.exec(output)?.[1];
    if (dependency === undefined) throw new Error(`apt-cache told no dependency of ${name}`);
    return dependency;
  }

  /** Downloads packages that are not in the folder yet; apt checks them against the signed lists. */
  async download(packages: readonly DebianPackage[], signal?: AbortSignal): Promise<void> {
    const missing = packages.filter(({ fileName }) => !existsSync(path.join(this.folder, fileName)));
    const names = missing.map(({ name, version }) => `${name}=${version}`);
    if (names.length === 0) return;
    await this.#run('apt-get', ['-qq', 'download', ...names], { cwd: this.folder, signal });
  }

  async #run(program: string, args: readonly string[], options?: ToolOptions): Promise<string> {
    const configured = ['-c', this.#configuration, ...args];
    return String(await runTool(OPERATION, program, configured, { cwd: this.#empty, ...options }));
  }
}
