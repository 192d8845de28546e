// The keys of a PC keyboard. Names are those of QEMU's `QKeyCode` (qapi/ui.json); scan codes are what QEMU 10.0.2 itself makes of them
// (`input-send-event` with each number, read back from its trace event `input_event_key_qcode`); keysyms are those of X11's
// keysymdef.h, placed as on the US layout.

/** One key. */
export interface Key {
  /** QEMU's name. */
  qcode: string;
  /** XT scan code of set 1; extended ones (after 0xe0) have bit 7 set. */
  scancode: number;
  /** What it types without and with Shift, for keys that type. */
  types?: string;
  /** Keysyms of keys that type nothing, and other keysyms of those that do. */
  keysyms?: readonly number[];
}

const typing = (qcode: string, scancode: number, types: string, keysyms?: readonly number[]): Key => ({
  qcode,
  scancode,
  types,
  keysyms,
});

const named = (qcode: string, scancode: number, ...keysyms: readonly number[]): Key => ({
  qcode,
  scancode,
  keysyms,
});

/** Numbers of neighbouring keys lie next to each other on a row. */
const row = (firstScancode: number, keys: readonly (readonly [qcode: string, types: string])[]): Key[] =>
  keys.map(([qcode, types], index) => typing(qcode, firstScancode + index, types));

const letters = (firstScancode: number, text: string): Key[] =>
  row(
    firstScancode,
    [...text].map((letter) => [letter, letter + letter.toUpperCase()] as const),
  );

const functionKeys = (first: number, scancodes: readonly number[]): Key[] =>
  scancodes.map((scancode, index) => named(`f${first + index}`, scancode, 0xffbd + first + index));

/** Every key that QEMU can be sent by scan code. */
export const KEYS: readonly Key[] = [
  named('esc', 0x01, 0xff1b),
  ...row(0x02, [
    ['1', '1!'],
    ['2', '2@'],
    ['3', '3#'],
    ['4', '4$'],
    ['5', '5%'],
    ['6', '6^'],
    ['7', '7&'],
    ['8', '8*'],
    ['9', '9('],
    ['0', '0)'],
    ['minus', '-_'],
    ['equal', '=+'],
  ]),
  named('backspace', 0x0e, 0xff08),
  // ISO_Left_Tab is what X11 makes of Shift and Tab.
  named('tab', 0x0f, 0xff09, 0xfe20),
  ...letters(0x10, 'qwertyuiop'),
  ...row(0x1a, [
    ['bracket_left', '[{'],
    ['bracket_right', ']}'],
  ]),
  named('ret', 0x1c, 0xff0d),
  named('ctrl', 0x1d, 0xffe3),
  ...letters(0x1e, 'asdfghjkl'),
  ...row(0x27, [
    ['semicolon', ';:'],
    ['apostrophe', '\'"'],
    ['grave_accent', '`~'],
  ]),
  named('shift', 0x2a, 0xffe1),
  typing('backslash', 0x2b, '\\|'),
  ...letters(0x2c, 'zxcvbnm'),
  ...row(0x33, [
    ['comma', ',<'],
    ['dot', '.>'],
    ['slash', '/?'],
  ]),
  named('shift_r', 0x36, 0xffe2),
  named('kp_multiply', 0x37, 0xffaa),
  named('alt', 0x38, 0xffe9),
  named('spc', 0x39, 0x20),
  named('caps_lock', 0x3a, 0xffe5),
  ...functionKeys(1, [0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x57, 0x58]),
  ...functionKeys(13, [0x5d, 0x5e, 0x5f, 0x55, 0x83, 0xf7, 0x84, 0x5a, 0x74, 0xf9, 0x6d, 0x6f]),
  named('num_lock', 0x45, 0xff7f),
  named('scroll_lock', 0x46, 0xff14),
  // Of the keypad, each with what it means without Num Lock.
  named('kp_7', 0x47, 0xffb7, 0xff95),
  named('kp_8', 0x48, 0xffb8, 0xff97),
  named('kp_9', 0x49, 0xffb9, 0xff9a),
  named('kp_subtract', 0x4a, 0xffad),
  named('kp_4', 0x4b, 0xffb4, 0xff96),
  named('kp_5', 0x4c, 0xffb5, 0xff9d),
  named('kp_6', 0x4d, 0xffb6, 0xff98),
  named('kp_add', 0x4e, 0xffab),
  named('kp_1', 0x4f, 0xffb1, 0xff9c),
  named('kp_2', 0x50, 0xffb2, 0xff99),
  named('kp_3', 0x51, 0xffb3, 0xff9b),
  named('kp_0', 0x52, 0xffb0, 0xff9e),
  named('kp_decimal', 0x53, 0xffae, 0xff9f),
  named('kp_equals', 0x59, 0xffbd),
  named('kp_comma', 0x7e, 0xffac),
  named('kp_enter', 0x9c, 0xff8d),
  named('kp_divide', 0xb5, 0xffaf),
  named('print', 0x54, 0xff61, 0xff15),
  // The same key: 0x54 is what it sends together with Alt.
  named('print', 0xb7),
  named('less', 0x56),
  named('lf', 0x5b, 0xff0a),
  named('open', 0x64, 0x1008ff6b),
  named('paste', 0x65, 0x1008ff6d),
  named('katakanahiragana', 0x70, 0xff27),
  named('lang2', 0x71, 0xff34),
  named('lang1', 0x72, 0xff31),
  named('ro', 0x73),
  named('hiragana', 0x77, 0xff25),
  named('henkan', 0x79, 0xff23),
  named('muhenkan', 0x7b, 0xff22),
  named('yen', 0x7d),
  named('again', 0x85, 0xff66),
  named('props', 0x86),
  named('undo', 0x87, 0xff65),
  named('front', 0x8c),
  named('audioprev', 0x90, 0x1008ff16),
  named('audionext', 0x99, 0x1008ff17),
  named('ctrl_r', 0x9d, 0xffe4),
  named('menu', 0x9e, 0x1008ff65),
  named('audiomute', 0xa0, 0x1008ff12),
  named('calculator', 0xa1, 0x1008ff1d),
  named('audioplay', 0xa2, 0x1008ff14, 0x1008ff31),
  named('audiostop', 0xa4, 0x1008ff15),
  named('volumedown', 0xae, 0x1008ff11),
  named('volumeup', 0xb0, 0x1008ff13),
  named('ac_home', 0xb2, 0x1008ff18),
  // Also AltGr, by its two names.
  named('alt_r', 0xb8, 0xffea, 0xfe03, 0xff7e),
  named('cut', 0xbc, 0x1008ff58),
  named('find', 0xc1, 0xff68),
  named('pause', 0xc6, 0xff13, 0xff6b),
  named('home', 0xc7, 0xff50),
  named('up', 0xc8, 0xff52),
  named('pgup', 0xc9, 0xff55),
  named('left', 0xcb, 0xff51),
  named('right', 0xcd, 0xff53),
  named('end', 0xcf, 0xff57),
  named('down', 0xd0, 0xff54),
  named('pgdn', 0xd1, 0xff56),
  named('insert', 0xd2, 0xff63),
  named('delete', 0xd3, 0xffff),
  // X11's Super and Meta are the same key here.
  named('meta_l', 0xdb, 0xffeb, 0xffe7),
  named('meta_r', 0xdc, 0xffec, 0xffe8),
  named('compose', 0xdd, 0xff67),
  named('power', 0xde, 0x1008ff2a),
  named('sleep', 0xdf, 0x1008ff2f),
  named('wake', 0xe3, 0x1008ff2b),
  named('ac_bookmarks', 0xe6, 0x1008ff30),
  named('ac_refresh', 0xe7, 0x1008ff73, 0x1008ff29),
  named('stop', 0xe8, 0xff69, 0x1008ff28),
  named('ac_forward', 0xe9, 0x1008ff27),
  named('ac_back', 0xea, 0x1008ff26),
  named('computer', 0xeb, 0x1008ff33),
  named('mail', 0xec, 0x1008ff19),
  named('mediaselect', 0xed, 0x1008ff32),
  named('help', 0xf5, 0xff6a),
  named('copy', 0xf8, 0x1008ff57),
];

/** A keysym's key, and whether Shift has to be down for it; undefined where Shift does not matter. */
export interface KeysymPlace {
  key: Key;
  shift?: boolean;
}

const placesOf = (key: Key): [number, KeysymPlace][] => [
  // Keysyms of ASCII are its codes.
  ...[...(key.types ?? '')].map((character, level): [number, KeysymPlace] => [
    character.charCodeAt(0),
    { key, shift: level === 1 },
  ]),
  ...(key.keysyms ?? []).map((keysym): [number, KeysymPlace] => [keysym, { key }]),
];

const BY_SCANCODE: ReadonlyMap<number, Key> = new Map(KEYS.map((key) => [key.scancode, key]));
const BY_KEYSYM: ReadonlyMap<number, KeysymPlace> = new Map(KEYS.flatMap(placesOf));

/** X11 has every character of Unicode a second time, from here on. */
const UNICODE_KEYSYMS = 0x01000000;

/** The key that sends a scan code. */
export const keyOfScancode = (scancode: number): Key | undefined => BY_SCANCODE.get(scancode);

/** The key that makes a keysym on the US layout. */
export const placeOfKeysym = (keysym: number): KeysymPlace | undefined =>
  BY_KEYSYM.get(keysym) ?? BY_KEYSYM.get(keysym - UNICODE_KEYSYMS);
