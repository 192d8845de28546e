// `unit` needs no library and stays fast, `traces` and `devices` neither but take a minute; `native` talks to the installed virglrenderer; `servers` are servers of ours, `clients`
// programs that render through `virgl vtest`; `guests` boot Linux in QEMU. Servers in this process leave virglrenderer with external blobs for good, so that
// `npm test` runs `native` in another process.
const base = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.(t|j)sx?$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(pixelmatch|@novnc/novnc)/)'],
  moduleNameMapper: {
    '^virgl$': '<rootDir>/lib/index.ts',
    '^virgl/(protocol|shader|vtest|trace|virtio-gpu|vhost-user|display|guest)$': '<rootDir>/lib/$1/index.ts',
  },
};

module.exports = {
  // Whole programs and packages are run by some tests, on machines with two busy cores.
  testTimeout: 120_000,
  // In one process: a worker hangs when an error with a BigInt in it has to be sent to its parent.
  maxWorkers: 1,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/{protocol,shader,host,image,cli,renderer,vtest}/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'traces',
      testMatch: ['<rootDir>/test/trace/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'devices',
      testMatch: ['<rootDir>/test/{display,virtio-gpu,vhost-user,guest-parts}/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'native',
      testMatch: ['<rootDir>/test/{native,package,examples,commands,browser,replay}/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'servers',
      testMatch: ['<rootDir>/test/servers/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'clients',
      testMatch: ['<rootDir>/test/clients/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'guests',
      testMatch: ['<rootDir>/test/guest/**/*.test.ts'],
    },
  ],
};
