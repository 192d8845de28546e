// Tokens are good once, passwords always, sessions for a while.

import { Sessions } from '../../../lib/display/access/sessions';

test('a token lets in once', () => {
  const sessions = new Sessions();
  const token = sessions.newToken();
  const session = sessions.login({ token });
  expect(session).toMatch(/^[\w-]{43}$/);
  expect(sessions.has(session ?? '')).toBe(true);
  expect(sessions.login({ token })).toBeUndefined();
});

test('tokens and sessions are never the same', () => {
  const sessions = new Sessions();
  const made = Array.from({ length: 100 }, () => sessions.newToken());
  expect(new Set(made).size).toBe(100);
  expect(sessions.has(made[99])).toBe(false);
});

test('old tokens end when there are many', () => {
  const sessions = new Sessions();
  const first = sessions.newToken();
  for (let count = 0; count < 16; count += 1) sessions.newToken();
  expect(sessions.login({ token: first })).toBeUndefined();
});

test.each(['', 'wrong', 'right ', 'x'.repeat(4000)])('a wrong password: %j', (password) => {
  const sessions = new Sessions({ password: 'right' });
  expect(sessions.login({ password })).toBeUndefined();
  expect(sessions.login({ password: 'right' })).toBeDefined();
  expect(sessions.login({ password: 'right' })).toBeDefined();
});

test('without a password none is right', () => {
  const sessions = new Sessions();
  expect(sessions.hasPassword).toBe(false);
  expect(sessions.login({ password: '' })).toBeUndefined();
  expect(sessions.login({ token: '' })).toBeUndefined();
});

test('a session ends after its time', () => {
  let now = 0;
  const sessions = new Sessions({ password: 'p', lifetimeMs: 1000, now: () => now });
  const session = sessions.login({ password: 'p' }) ?? '';
  now = 999;
  expect(sessions.has(session)).toBe(true);
  now = 1000;
  expect(sessions.has(session)).toBe(false);
});

test('the oldest session ends when there are too many', () => {
  const sessions = new Sessions({ password: 'p', maxSessions: 2 });
  const all = [1, 2, 3].map(() => sessions.login({ password: 'p' }) ?? '');
  expect(all.map((session) => sessions.has(session))).toEqual([false, true, true]);
});
