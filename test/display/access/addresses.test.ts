// Which addresses are this machine's own, and by which names and pages a server may be called.

import { isLoopback, isOwnName, isOwnOrigin, urlHost } from '../../../lib/display/access/addresses';

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.0.1', false],
  ['localhost.evil.example', false],
  ['', false],
])('%j is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ['127.0.0.1:6080', true],
  ['[::1]:6080', true],
  ['localhost', true],
  ['localhost:7000', true],
  ['192.168.0.7:6080', true],
  ['desk.example:6080', true],
  ['DESK.example', true],
  ['rebound.evil.example', false],
  ['localhost.evil.example:6080', false],
  ['desk.example.evil.example', false],
  ['', false],
  ['a b', false],
  ['127.0.0.1:6080/x', false],
  ['user@127.0.0.1', false],
  [undefined, false],
])('may be called %j: %s', (host, expected) => {
  expect(isOwnName(host, ['desk.example'])).toBe(expected);
});

test.each([
  ['http://127.0.0.1:6080', false, true],
  ['https://127.0.0.1:6080', true, true],
  ['https://127.0.0.1:6080', false, false],
  ['http://127.0.0.1:6081', false, false],
  ['http://localhost:6080', false, false],
  ['http://evil.example', false, false],
  ['null', false, false],
  [undefined, false, false],
])('the origin %j, TLS %s: %s', (origin, isSecure, expected) => {
  expect(isOwnOrigin({ host: '127.0.0.1:6080', origin, isSecure })).toBe(expected);
});

test('an address of IPv6 has brackets in a URL', () => {
  expect([urlHost('::1'), urlHost('127.0.0.1')]).toEqual(['[::1]', '127.0.0.1']);
});
