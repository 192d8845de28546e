// What the page of the browser test loads: the pure parts of the package, as the global `virgl`.

export * as protocol from '../../lib/protocol';
export * as shader from '../../lib/shader';
