// The keys of a PC keyboard: every scan code and keysym names one key, and noVNC's scan codes are known.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { KEYS, keyOfScancode, placeOfKeysym } from '../../../lib/display/input/key-table';

/** Keys of browsers that PC keyboards of QEMU do not have. */
const UNKNOWN_TO_QEMU = [
  'BrowserSearch',
  'Eject',
  'Katakana',
  'Lang3',
  'Lang5',
  'NumpadParenLeft',
  'NumpadParenRight',
  'Suspend',
];
const EXTENDED = 0xe000;

/** noVNC's table, in whose scan codes extended keys come after 0xe0; on the wire they have bit 7 set. */
const novncCodes = (): [string, number][] => {
  const novnc = path.join(path.dirname(require.resolve('@novnc/novnc')), 'input', 'xtscancodes.js');
  const entries = readFileSync(novnc, 'utf8').matchAll(/"(\w+)": (0x[\da-f]+)/g);
  return [...entries].map(([, code, text]) => {
    const number = Number(text);
    return [code, number >= EXTENDED ? (number & 0x7f) | 0x80 : number];
  });
};

test('no scan code and no keysym is there twice', () => {
  const scancodes = KEYS.map(({ scancode }) => scancode);
  expect(new Set(scancodes).size).toBe(scancodes.length);
  const keysyms = KEYS.flatMap(({ types = '', keysyms: others = [] }) => [
    ...[...types].map((character) => character.charCodeAt(0)),
    ...others,
  ]);
  expect(new Set(keysyms).size).toBe(keysyms.length);
});

test('what noVNC sends is known', () => {
  const codes = novncCodes();
  expect(codes.length).toBeGreaterThan(140);
  const unknown = codes.filter(([, scancode]) => keyOfScancode(scancode) === undefined).map(([code]) => code);
  expect(unknown.sort()).toEqual(UNKNOWN_TO_QEMU);
});

test.each([
  ['KeyA', 'a'],
  ['KeyZ', 'z'],
  ['Digit1', '1'],
  ['Enter', 'ret'],
  ['NumpadEnter', 'kp_enter'],
  ['ArrowUp', 'up'],
  ['Delete', 'delete'],
  ['ControlRight', 'ctrl_r'],
  ['AltRight', 'alt_r'],
  ['MetaLeft', 'meta_l'],
  ['ContextMenu', 'compose'],
  ['IntlBackslash', 'less'],
  ['Pause', 'pause'],
  ['F12', 'f12'],
])('%s of a browser is %s', (code, qcode) => {
  const scancode = new Map(novncCodes()).get(code) ?? 0;
  expect(keyOfScancode(scancode)?.qcode).toBe(qcode);
});

test.each([
  ['a', 0x61, 'a', false],
  ['A', 0x41, 'a', true],
  ['!', 0x21, '1', true],
  ['?', 0x3f, 'slash', true],
  ['space', 0x20, 'spc', undefined],
  ['Return', 0xff0d, 'ret', undefined],
  ['F5', 0xffc2, 'f5', undefined],
  ['F24', 0xffd5, 'f24', undefined],
  ['a of Unicode', 0x01000061, 'a', false],
])('the keysym of %s', (_, keysym, qcode, shift) => {
  expect(placeOfKeysym(keysym)).toMatchObject({ key: { qcode }, ...(shift === undefined ? {} : { shift }) });
  expect(placeOfKeysym(keysym)?.shift).toBe(shift);
});

test('every character of ASCII can be typed', () => {
  for (let code = 0x20; code < 0x7f; code += 1) expect(placeOfKeysym(code)).toBeDefined();
  expect(placeOfKeysym(0xe4)).toBeUndefined();
});
