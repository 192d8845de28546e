// Generated programs held against the compiler's and the linter's rules of this package.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const ROOT = path.join(__dirname, '..', '..', '..');
const LONGEST_FUNCTION = 80;

const compilerOptions = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const paths = { virgl: [path.join(ROOT, 'lib/index.ts')], 'virgl/*': [path.join(ROOT, 'lib/*/index.ts')] };
  return {
    ...options,
    paths,
    rootDir: ROOT,
    noEmit: true,
    declaration: false,
    incremental: false,
    tsBuildInfoFile: undefined,
  };
};

const typeFaults = (files: readonly string[]): string[] => {
  const declared = path.join(ROOT, 'lib/host/node-gyp-build.d.ts');
  const program = ts.createProgram([...files, declared], compilerOptions());
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return ts
      .getPreEmitDiagnostics(program, source)
      .map(
        ({ messageText }) => `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      );
  });
};

const lintFaults = (folder: string): string => {
  const rule = { 'max-lines-per-function': ['error', { max: LONGEST_FUNCTION, skipComments: true }] };
  const args = ['eslint', '--rule', JSON.stringify(rule), folder];
  const { stdout, stderr } = spawnSync('npx', args, { cwd: ROOT, encoding: 'utf8' });
  return stdout + stderr;
};

/** Expects nothing to be said of these programs, by their names. */
export const expectClean = (sources: ReadonlyMap<string, string>): void => {
  // Inside of the package, where its rules hold.
  const folder = fs.mkdtempSync(path.join(ROOT, 'test', 'generated-'));
  try {
    const files = [...sources].map(([name, source]) => {
      const file = path.join(folder, `${name}.ts`);
      fs.writeFileSync(file, source);
      return file;
    });
    expect(typeFaults(files)).toEqual([]);
    expect(lintFaults(folder)).toBe('');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
};
