// node-gyp-build has no types of its own.
declare module 'node-gyp-build' {
  function load(packageRoot: string): unknown;
  export = load;
}
