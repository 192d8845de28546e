// `explain`: what numbers and names mean, the likeliest first.

import { COMMANDS, ENUMS, explain, FLAGS, nearestExplained, OBJECTS, VirglError } from '../../lib/protocol';

const titles = (value: string | number): string[] => explain(value).map(({ title }) => title);

test('a header dword is a command, its length and its payload', () => {
  const [first] = explain(786440);
  expect(first).toMatchObject({ kind: 'header', title: 'DRAW_VBO, 12 dwords', value: 786440 });
  expect(first?.lines.join('\n')).toMatch(/^3 +mode +Primitive +what the vertices form$/m);
  expect(explain('0xc0008')[0]?.title).toMatch(/^(DRAW_VBO|Bind)/);
});

test('a header of CREATE_OBJECT has the layout of its object', () => {
  const [first] = explain((5 << 16) | (8 << 8) | 1);
  expect(first?.title).toBe('CREATE_OBJECT SURFACE, 5 dwords');
  expect(first?.lines.join('\n')).toMatch(/^5 bits 16–31 +lastLayer/m);
  expect(titles((9 << 16) | 8)[0]).toBe('DRAW_VBO, 9 dwords (hosts want 12, 14 or 20)');
});

const FIRST: [string | number, string][] = [
  [22, 'errno 22, EINVAL'],
  [-22, 'errno 22, EINVAL'],
  ['EINVAL', 'errno 22, EINVAL'],
  ['0x14000a', 'Bind 0x14000a = RENDER_TARGET|SAMPLER_VIEW|SCANOUT|SHARED'],
  [8, 'opcode 8, DRAW_VBO'],
  ['draw_vbo', 'opcode 8, DRAW_VBO'],
  ['VIRGL_CCMD_PIPE_RESOURCE_CREATE', 'opcode 48, PIPE_RESOURCE_CREATE'],
  ['PIPE_RESOURCE_CREATE', 'opcode 48, PIPE_RESOURCE_CREATE'],
  ['BLEND', 'object type 1, BLEND'],
  ['ILLEGAL_CMD_BUFFER', 'context error 7, ILLEGAL_CMD_BUFFER'],
  ['VIRGL_FORMAT_B8G8R8A8_UNORM', 'format 1, B8G8R8A8_UNORM'],
  ['nv12', 'format 166, Y8_U8V8_420_UNORM'],
  [67, 'format 67, R8G8B8A8_UNORM'],
  ['format:22', 'format 22, X8Z24_UNORM'],
  ['error:4', 'context error 4, ILLEGAL_RESOURCE'],
  ['value:4', 'QueryType 4, TIME_ELAPSED'],
  ['COPY_TRANSFER', 'COPY_TRANSFER, bit 26 of capabilityBits'],
  ['capability:26', 'bit 26 of capabilityBits, COPY_TRANSFER'],
  ['VIRGL2', 'capability set 2, VIRGL2'],
  ['TRIANGLES', 'Primitive TRIANGLES = 4'],
  ['VIRGL_BIND_SCANOUT', 'Bind SCANOUT = 0x40000'],
  ['max_samples', 'field maxSamples of the capability set'],
  ['restartIndex', 'field restartIndex'],
]; // prettier-ignore

test.each(FIRST)('%s is %s', (value, title) => {
  expect(titles(value)[0]).toBe(title);
});

test('all readings of a number are given', () => {
  expect(new Set(explain(22).map(({ kind }) => kind))).toEqual(
    new Set(['errno', 'opcode', 'format', 'capability', 'value', 'flags']),
  );
  expect(titles(4)).toEqual(
    expect.arrayContaining([
      'opcode 4, SET_VIEWPORT_STATE',
      'object type 4, SHADER',
      'context error 4, ILLEGAL_RESOURCE',
      'capability set 4, VENUS',
      'Primitive 4, TRIANGLES',
      'QueryType 4, TIME_ELAPSED',
    ]),
  );
});

test('every name of the schema has a reading', () => {
  const sets = [...Object.values(ENUMS), ...Object.values(FLAGS)].flatMap((values) => Object.keys(values));
  for (const name of [...Object.keys(COMMANDS), ...Object.keys(OBJECTS), ...sets]) {
    expect(explain(name).length).toBeGreaterThan(0);
  }
});

test('any number has a reading or none', () => {
  const steps = Array.from({ length: 5000 }, (_, i) => i * 13 - 200);
  const readings = [...steps, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53].flatMap((value) => explain(value));
  expect(readings.filter(({ title }) => title === '')).toEqual([]);
});

test('what nothing has is told with advice', () => {
  expect(explain('DRAW_VB')).toEqual([]);
  expect(nearestExplained('DRAW_VB')).toBe('DRAW_VBO');
  expect(explain('')).toEqual([]);
  expect(() => explain(1.5)).toThrow(VirglError);
});
