// From what viewers say of keys to strokes: scan codes first, then characters as on the US layout.

import { Keyboard } from '../../../lib/display/input/keyboard';

const SHIFT_L = 0xffe1;
const CAPS_LOCK = 0xffe5;

const strokes = (keyboard: Keyboard, keysym: number, down: boolean, scancode?: number): string =>
  keyboard
    .strokes({ keysym, scancode, down })
    .map((stroke) => `${stroke.down ? '+' : '-'}${stroke.qcode}`)
    .join(' ');

const code = (character: string): number => character.charCodeAt(0);

test('a scan code says which key it is, whatever it types at the viewer', () => {
  const keyboard = new Keyboard();
  // z on a German keyboard is where y is.
  expect(strokes(keyboard, code('z'), true, 0x15)).toBe('+y');
  expect(strokes(keyboard, code('z'), false, 0x15)).toBe('-y');
});

test('an unknown scan code falls back to the keysym', () => {
  expect(strokes(new Keyboard(), code('q'), true, 0x7f)).toBe('+q');
});

test('a character is typed as on the US layout', () => {
  const keyboard = new Keyboard();
  expect(strokes(keyboard, code('a'), true)).toBe('+a');
  expect(strokes(keyboard, code('a'), false)).toBe('-a');
});

test('Shift is pressed for a character that needs it', () => {
  const keyboard = new Keyboard();
  expect(strokes(keyboard, code('?'), true)).toBe('+shift +slash -shift');
  expect(strokes(keyboard, code('?'), false)).toBe('-slash');
});

test('Shift that is down already stays', () => {
  const keyboard = new Keyboard();
  expect(strokes(keyboard, SHIFT_L, true)).toBe('+shift');
  expect(strokes(keyboard, code('A'), true)).toBe('+a');
});

test('Shift is let go for a character that is elsewhere on the layout of the viewer', () => {
  const keyboard = new Keyboard();
  strokes(keyboard, SHIFT_L, true);
  // / is Shift and 7 on a German keyboard.
  expect(strokes(keyboard, code('/'), true)).toBe('-shift +slash +shift');
});

test('Caps Lock turns letters over, and nothing else', () => {
  const keyboard = new Keyboard();
  strokes(keyboard, CAPS_LOCK, true);
  strokes(keyboard, CAPS_LOCK, false);
  expect(strokes(keyboard, code('A'), true)).toBe('+a');
  expect(strokes(keyboard, code('!'), true)).toBe('+shift +1 -shift');
});

test('what nobody can type is nothing', () => {
  const keyboard = new Keyboard();
  expect(strokes(keyboard, 0x0100_20ac, true)).toBe('');
  expect(strokes(keyboard, 0, true)).toBe('');
});

test('everything that is down is let go', () => {
  const keyboard = new Keyboard();
  strokes(keyboard, 0, true, 0x1d);
  strokes(keyboard, code('c'), true);
  expect(keyboard.releaseAll()).toEqual([
    { qcode: 'ctrl', down: false },
    { qcode: 'c', down: false },
  ]);
  expect(keyboard.releaseAll()).toEqual([]);
});
