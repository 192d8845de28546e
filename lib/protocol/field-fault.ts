// What a field codec throws: where in the command, what was allowed, what came. The encoder and the decoder turn
// it into a VirglError that also names the command.

/** A field that can't be written or read. Collects its path on the way out of nested records and lists. */
export class FieldFault extends Error {
  path: string;
  readonly expected: string;
  readonly value: unknown;

  /**
   * @param path field, or the empty string for the thing itself
   * @param expected what is allowed, as a noun phrase
   * @param value what came instead
   */
  constructor(path: string, expected: string, value: unknown) {
    super(expected);
    this.path = path;
    this.expected = expected;
    this.value = value;
  }

  /** Puts the name of the enclosing field, or an index in brackets, before the path. */
  within(outer: string): this {
    if (this.path === '') this.path = outer;
    else this.path = this.path.startsWith('[') ? `${outer}${this.path}` : `${outer}.${this.path}`;
    return this;
  }
}

/**
 * Rethrows what a nested field threw, with the outer name before its path.
 * @param error what was caught
 * @param outer name of the enclosing field, or an index in brackets
 */
export const rethrowWithin = (error: unknown, outer: string): never => {
  throw error instanceof FieldFault ? error.within(outer) : error;
};
