// The import order of docs/design.md: each folder may import only folders to its left.
const ORDER = [
  'protocol',
  'shader',
  'host',
  'vtest',
  'renderer',
  'trace',
  'virtio-gpu',
  'vhost-user',
  'display',
  'guest',
  'cli',
];
// `image` turns pixels into files and knows nothing of GPUs, so it stands outside the chain.
const PURE = ['protocol', 'shader'];

const mayNotImportRightwards = ORDER.slice(0, -1).map((folder, index) => ({
  name: `${folder}-imports-only-leftwards`,
  severity: 'error',
  from: { path: `^lib/${folder}/` },
  to: { path: `^lib/(${ORDER.slice(index + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...mayNotImportRightwards,
    {
      name: 'devices-need-neither-renderer-nor-trace',
      severity: 'error',
      from: { path: '^lib/(virtio-gpu|vhost-user)/' },
      to: { path: '^lib/(renderer|trace)/' },
    },
    {
      name: 'pure-folders-import-nothing-outside',
      severity: 'error',
      from: { path: `^lib/(${PURE.join('|')})/` },
      to: { pathNot: `^lib/(${PURE.join('|')})/` },
    },
    {
      name: 'image-stands-alone',
      severity: 'error',
      from: { path: '^lib/image/' },
      to: { path: '^lib/', pathNot: '^lib/image/' },
    },
    {
      name: 'only-host-loads-the-addon',
      severity: 'error',
      from: { pathNot: '^lib/host/' },
      to: { path: 'node-gyp-build|\\.node$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
