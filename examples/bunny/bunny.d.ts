// The npm package `bunny` has no types of its own.
declare module 'bunny' {
  type Triple = [number, number, number];
  const mesh: { positions: Triple[]; cells: Triple[] };
  export = mesh;
}
