// `--view` and what belongs to it, as it is typed.

import { Command, InvalidArgumentError } from 'commander';
import { parseEndpoint } from '../../lib/cli/endpoint';
import { addViewerOptions, type ViewerOptions } from '../../lib/cli/viewer-options';

const parse = (...args: string[]): ViewerOptions => {
  const verb = addViewerOptions(new Command('x').argument('[file]')).exitOverride();
  return verb
    .configureOutput({ writeErr: () => {} })
    .parse(args, { from: 'user' })
    .opts();
};

test.each([
  ['127.0.0.1:6080', '127.0.0.1', 6080],
  ['localhost:1', 'localhost', 1],
  ['[::1]:6080', '::1', 6080],
  ['[::]:0', '::', 0],
  ['0.0.0.0:65535', '0.0.0.0', 65_535],
  [':7000', '127.0.0.1', 7000],
  ['7000', '127.0.0.1', 7000],
])('%s', (text, host, port) => {
  expect(parseEndpoint(text)).toEqual({ host, port });
});

test.each([
  '',
  'x',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '::1:6080',
  'example.org:6080',
  '[1.2.3.4:5',
])('%j is none', (text) => {
  expect(() => parseEndpoint(text)).toThrow(InvalidArgumentError);
});

test('together on a command line', () => {
  expect(
    parse('--view', '--view-only', '--allow-name', 'a', '--allow-name', 'b', '--password-file', '-'),
  ).toEqual({
    view: true,
    viewOnly: true,
    allowName: ['a', 'b'],
    passwordFile: '-',
  });
  expect(parse('--view', '[::1]:0').view).toEqual({ host: '::1', port: 0 });
  expect(parse('--vnc', '--max-fps', '20')).toEqual({ vnc: true, maxFps: 20 });
  expect(parse()).toEqual({});
});

test.each(['0', '-1', '1001', '2.5', 'x', ''])('--max-fps %j is refused', (text) => {
  expect(() => parse('--max-fps', text)).toThrow('Expected a whole number from 1 to 1000.');
});

test('there is no option that would put a password on the command line', () => {
  const names = addViewerOptions(new Command('x')).options.map(({ long }) => long);
  expect(names.filter((name) => /password|token/.test(name ?? ''))).toEqual(['--password-file']);
});
