// The way of clients that know only one path to a private server: a mount namespace, or a link where that name is free.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UnixListener } from '../../lib/host';
import { detour } from '../../lib/vtest/run/fixed-path';

let folder: string;
let fixed: string;
let listener: UnixListener;
const ours = (): string => path.join(folder, 'ours.sock');

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-detour-'));
  fixed = path.join(folder, '.virgl_test');
  listener = UnixListener.listen(ours());
});
afterEach(() => {
  listener.close();
  fs.rmSync(folder, { recursive: true });
});

const exists = (): boolean => fs.lstatSync(fixed, { throwIfNoEntry: false }) !== undefined;

/** What a program behind the detour finds under the fixed path. */
const inodeBehind = (prefix: readonly string[]): string => {
  const [program, ...args] = [...prefix, 'stat', '--dereference', '--format=%i', fixed];
  return spawnSync(program, args, { encoding: 'utf8' }).stdout.trim();
};
const inodeOf = (file: string): string => String(fs.statSync(file).ino);

const withoutNamespaces = (): void => {
  const { PATH } = process.env;
  // No unshare(1) is found there.
  beforeEach(() => (process.env.PATH = folder));
  afterEach(() => (process.env.PATH = PATH));
};

test('a name that is free is led to the server, for the program and nobody else', () => {
  {
    using way = detour(ours(), fixed);
    expect(way.problem).toBeUndefined();
    expect(inodeBehind(way.prefix)).toBe(inodeOf(ours()));
    if (way.prefix.length > 0) expect(fs.readFileSync(fixed, 'utf8')).toBe('');
  }
  // What is left of a mount point is a file, never a link.
  if (exists()) expect(fs.lstatSync(fixed).isFile()).toBe(true);
});

test('two at once do not need one another', () => {
  const second = path.join(folder, 'second.sock');
  const other = UnixListener.listen(second);
  const way = detour(ours(), fixed);
  using otherWay = detour(second, fixed);
  way[Symbol.dispose]();
  fs.rmSync(ours());
  if (otherWay.problem === undefined) expect(inodeBehind(otherWay.prefix)).toBe(inodeOf(second));
  other.close();
});

describe('without namespaces', () => {
  withoutNamespaces();

  test('a name that is free becomes a link, and is free again', () => {
    {
      using way = detour(ours(), fixed);
      expect(way).toMatchObject({ prefix: [] });
      expect(fs.readlinkSync(fixed)).toBe(ours());
    }
    expect(exists()).toBe(false);
  });

  test('a name that is in use stays so, and that is said', () => {
    fs.writeFileSync(fixed, 'theirs');
    using way = detour(ours(), fixed);
    expect(way).toMatchObject({ prefix: [], problem: expect.stringContaining(`${fixed} is in use`) });
    expect(fs.readFileSync(fixed, 'utf8')).toBe('theirs');
  });

  test('what somebody else put there meanwhile is left alone', () => {
    {
      using way = detour(ours(), fixed);
      expect(way.prefix).toEqual([]);
      fs.rmSync(fixed);
      fs.writeFileSync(fixed, 'theirs');
    }
    expect(fs.readFileSync(fixed, 'utf8')).toBe('theirs');
  });
});

test.each([
  { what: 'to nothing', target: () => path.join(folder, 'gone.sock') },
  {
    what: 'to a socket on which nobody listens',
    target: () => {
      const stale = path.join(folder, 'stale.sock');
      const script = `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`;
      spawnSync(process.execPath, ['-e', script]);
      expect(fs.existsSync(stale)).toBe(true);
      return stale;
    },
  },
])('a link $what that somebody left is replaced', ({ target }) => {
  fs.symlinkSync(target(), fixed);
  {
    using way = detour(ours(), fixed);
    expect(inodeBehind(way.prefix)).toBe(inodeOf(ours()));
  }
  if (exists()) expect(fs.lstatSync(fixed).isFile()).toBe(true);
});

describe('a name that is in use', () => {
  let other: UnixListener;
  beforeEach(() => {
    other = UnixListener.listen(path.join(folder, 'other.sock'));
  });
  afterEach(() => other.close());

  test.each([
    {
      what: 'as a link to a server',
      occupy: () => fs.symlinkSync(path.join(folder, 'other.sock'), fixed),
    },
    { what: 'as a socket', occupy: () => fs.renameSync(path.join(folder, 'other.sock'), fixed) },
    { what: 'as a file', occupy: () => fs.writeFileSync(fixed, '') },
  ])('$what stays as it is; only the program sees another one', ({ occupy }) => {
    occupy();
    const before = inodeOf(fixed);
    {
      using way = detour(ours(), fixed);
      // Not everywhere may one make a namespace, and then it says so.
      if (way.problem === undefined) expect(inodeBehind(way.prefix)).toBe(inodeOf(ours()));
      else expect(way).toMatchObject({ prefix: [], problem: expect.stringContaining(`${fixed} is in use`) });
      expect(inodeOf(fixed)).toBe(before);
    }
    expect(inodeOf(fixed)).toBe(before);
  });
});
