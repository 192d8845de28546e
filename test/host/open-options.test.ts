// Options of NativeHost.open and the ways to start that they stand for.

import { INIT_FLAGS, type InitFlag, type NativeHostOptions, planStart } from '../../lib/host/open-options';

const NODE = '/dev/dri/renderD128';
const noNodes = (): string[] => [];
const twoNodes = (): string[] => [NODE, '/dev/dri/renderD129'];

const EGL = 1;
const GLX = 4;
const SURFACELESS = 8;
const gbm = { platform: 'gbm', renderNode: NODE, flags: EGL };
const surfaceless = { platform: 'surfaceless', renderNode: '', flags: EGL | SURFACELESS };

test.each([
  { options: {}, nodes: noNodes, plans: [surfaceless] },
  { options: {}, nodes: twoNodes, plans: [gbm, surfaceless] },
  { options: { platform: 'auto' }, nodes: twoNodes, plans: [gbm, surfaceless] },
  { options: { platform: undefined, flags: undefined }, nodes: noNodes, plans: [surfaceless] },
  { options: { platform: 'surfaceless' }, nodes: twoNodes, plans: [surfaceless] },
  { options: { platform: 'gbm' }, nodes: twoNodes, plans: [gbm] },
  // virglrenderer looks for a node by itself.
  { options: { platform: 'gbm' }, nodes: noNodes, plans: [{ ...gbm, renderNode: '' }] },
  { options: { platform: 'glx' }, nodes: twoNodes, plans: [{ platform: 'glx', renderNode: '', flags: GLX }] },
  { options: { platform: 'none' }, nodes: twoNodes, plans: [{ platform: 'none', renderNode: '', flags: 0 }] },
  { options: { renderNode: '/dev/x' }, nodes: twoNodes, plans: [{ ...gbm, renderNode: '/dev/x' }] },
  {
    options: { renderNode: '/dev/x', platform: 'gbm' },
    nodes: noNodes,
    plans: [{ ...gbm, renderNode: '/dev/x' }],
  },
  {
    options: { flags: ['noVirgl'] },
    nodes: twoNodes,
    plans: [{ platform: 'none', renderNode: '', flags: 1 << 7 }],
  },
  {
    options: { flags: ['noVirgl', 'venus'], platform: 'gbm' },
    nodes: twoNodes,
    plans: [{ ...gbm, flags: EGL | (1 << 7) | (1 << 6) }],
  },
  {
    options: { flags: ['threadSync', 'asyncFenceCallback', 'threadSync'] },
    nodes: twoNodes,
    plans: [
      { ...gbm, flags: EGL | 2 | 256 },
      { ...surfaceless, flags: EGL | SURFACELESS | 2 | 256 },
    ],
  },
  { options: { libraryPath: 'x.so', onLog: () => undefined }, nodes: noNodes, plans: [surfaceless] },
] as { options: NativeHostOptions; nodes: () => string[]; plans: object[] }[])(
  '$options with $nodes.name',
  ({ options, nodes, plans }) => {
    expect(planStart(options, nodes)).toEqual(plans);
  },
);

test.each((Object.keys(INIT_FLAGS) as InitFlag[]).map((flag) => ({ flag })))(
  'the flag $flag has a bit of its own',
  ({ flag }) => {
    const [{ flags }] = planStart({ platform: 'none', flags: [flag] }, noNodes);
    expect(flags).toBe(1 << INIT_FLAGS[flag].bit);
    const same = Object.values(INIT_FLAGS).filter(({ bit }) => bit === INIT_FLAGS[flag].bit);
    expect(same).toHaveLength(1);
    // EGL, GLX and SURFACELESS belong to the platforms.
    expect(flags & (EGL | GLX | SURFACELESS)).toBe(0);
  },
);

const wrong = (field: string, expected: string, received: string): string =>
  `NativeHost.open: expected ${expected} for ${field} but received ${received}`;

test.each([
  { options: null, field: 'options', says: wrong('options', 'an object', 'null') },
  { options: 'gbm', field: 'options', says: wrong('options', 'an object', '"gbm"') },
  { options: { platfrom: 'gbm' }, field: 'platfrom', says: '"platfrom"; did you mean platform?' },
  { options: { flag: [] }, field: 'flag', says: 'unknown option "flag"; did you mean flags?' },
  {
    options: { somethingElse: 1 },
    field: 'somethingElse',
    says: 'unknown option "somethingElse"; libraryPath, platform, renderNode, flags, inline, fenceWaitMicroseconds, ignoreLostContexts, onLog',
  },
  {
    options: { platform: 'egl' },
    field: 'platform',
    says: wrong('platform', 'one of auto, surfaceless, gbm, glx, none', '"egl"'),
  },
  { options: { platform: null }, field: 'platform', says: 'but received null' },
  { options: { platform: 'toString' }, field: 'platform', says: 'but received "toString"' },
  { options: { renderNode: '' }, field: 'renderNode', says: wrong('renderNode', 'a path', '""') },
  { options: { renderNode: 128 }, field: 'renderNode', says: wrong('renderNode', 'a path', '128') },
  { options: { libraryPath: '' }, field: 'libraryPath', says: wrong('libraryPath', 'a file name', '""') },
  { options: { libraryPath: null }, field: 'libraryPath', says: 'a file name' },
  { options: { onLog: 'stderr' }, field: 'onLog', says: wrong('onLog', 'a function', '"stderr"') },
  { options: { flags: 'venus' }, field: 'flags', says: 'an array of init flags' },
  { options: { flags: null }, field: 'flags', says: 'an array of init flags' },
  {
    options: { flags: ['venus', 'vulkan'] },
    field: 'flags',
    says: `init flags out of ${Object.keys(INIT_FLAGS).join(', ')} for flags but received "vulkan"`,
  },
  { options: { flags: ['constructor'] }, field: 'flags', says: 'but received "constructor"' },
])('$options is refused: $says', ({ options, field, says }) => {
  let error: unknown;
  try {
    planStart(options as NativeHostOptions, noNodes);
  } catch (reason) {
    error = reason;
  }
  expect(error).toMatchObject({
    name: 'VirglError',
    code: 'ERR_VIRGL_ARGUMENT',
    operation: 'NativeHost.open',
    field,
    message: expect.stringContaining(says) as string,
  });
});
