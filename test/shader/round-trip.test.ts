import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkTgsi, parseTgsi, printTgsi, TGSI_STAGES } from '../../lib/shader';
import { SAMPLES } from './samples';

const FIXTURES = join(__dirname, 'fixtures');
const fixtures = readdirSync(FIXTURES).filter((name) => name.endsWith('.tgsi'));
const read = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

/** A tree without its places. */
const withoutLocations = (node: unknown): unknown =>
  JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'location' ? undefined : value)));

/** Everything the parser takes that Mesa does not write. */
const UNUSUAL = [
  'frag\ndcl out[0], color\nimm flt32 {1,.5,1e3,-1.}\nmov_sat out[0].x, -|imm[0].xYzW|\nend',
  'FRAG PROPERTY WHAT is, this {\nDCL TEMP [ 0 .. 3 ] . xz , ARRAY( -2 ), LOCAL\nMOV_SAT_PRECISE TEMP[0], TEMP[ 1 ]\n',
  'GEOM\nPROPERTY GS_INPUT_PRIMITIVE LINES_ADJACENCY\nDCL IN[][1].xy, GENERIC[3], LINEAR, SAMPLE, INVARIANT\nDCL OUT[0], GENERIC[0], STREAM ( 0, 1,2 ,3)',
  'COMP\nDCL IMAGE[0], 2D, WR, RAW, PIPE_FORMAT_R32_UINT\nDCL BUFFER[0], ATOMIC\nDCL MEMORY[0], PRIVATE\nDCL HWATOMIC[1][2..3]',
  'VERT\nIMM[0] FLT64 {0x00000000,0x3ff00000 ,0x00000000:0x3ff00000 }\nIMM[1] FLT64 {nan, -0x1.8p3}\nIMM INT64 {-0x10, 017}\nIMM UINT64 {-1, 18446744073709551615}',
  'FRAG\nTXD TEMP[0], TEMP[1], TEMP[2], TEMP[3], SAMP[ADDR[0].y-3], SHADOWCUBEARRAY, IN[0], IMM[3].wzy\n2: UIF TEMP[ADDR[1]+2](3) :4\n3: ELSE:5\n',
  'COMP\nLOAD TEMP[0], IMAGE[0], TEMP[1], VOLATILE, COHERENT, 2D_ARRAY, PIPE_FORMAT_R8_UNORM, COHERENT\nRESQ TEMP[0], BUFFER[1]',
];

describe('shaders of Mesa', () => {
  it.each(fixtures)('%s comes back byte for byte', (name) => {
    expect(printTgsi(parseTgsi(read(name)))).toBe(read(name));
  });

  it.each(fixtures)('%s has no finding, in old and new releases', (name) => {
    expect(checkTgsi(read(name))).toEqual([]);
    expect(checkTgsi(read(name), { release: '1.3.0' })).toEqual([]);
  });
});

describe('printing', () => {
  const texts = [...Object.values(SAMPLES), ...UNUSUAL, ...fixtures.map(read)];

  it.each(texts)('keeps the meaning and is stable: %j', (text) => {
    const tree = parseTgsi(text);
    const printed = printTgsi(tree);
    expect(withoutLocations(parseTgsi(printed))).toEqual(withoutLocations(tree));
    expect(printTgsi(parseTgsi(printed))).toBe(printed);
  });

  it('indents blocks, pads labels and leaves out what is implied', () => {
    const text =
      'FRAG\n0:BGNLOOP\n1:if TEMP[0].xxxx:3\n10:brk\n3:endif\nmov TEMP[0].xyzw,TEMP[1].xyzw\nENDLOOP\nEND';
    expect(printTgsi(parseTgsi(text))).toBe(
      'FRAG\n  0: BGNLOOP\n  1:   IF TEMP[0].xxxx :3\n 10:     BRK\n  3:   ENDIF\n  MOV TEMP[0], TEMP[1]\nENDLOOP\nEND\n',
    );
  });
});

describe('sample shaders', () => {
  it.each(TGSI_STAGES)('%s has no finding', (stage) => {
    expect(checkTgsi(SAMPLES[stage], { stage })).toEqual([]);
    expect(checkTgsi(parseTgsi(SAMPLES[stage]), { stage, release: '1.0.0' })).toEqual([]);
  });
});
