// Names of options: an unknown one is a mistake that should not pass unseen.

import { invalidArgument, VirglError } from '../protocol/error';

/**
 * Looks at the names in an object of options.
 * @param within the option that the object is, if it is one itself
 * @throws VirglError `ERR_VIRGL_ARGUMENT`
 */
export const checkKeys = (
  operation: string,
  within: string | undefined,
  options: unknown,
  names: readonly string[],
): void => {
  if (options === null || typeof options !== 'object')
    throw invalidArgument(operation, within ?? 'options', 'an object', options);
  for (const key of Object.keys(options)) {
    if (names.includes(key)) continue;
    const field = within === undefined ? key : `${within}.${key}`;
    const message = `${operation}: unknown option ${JSON.stringify(field)}; there are ${names.join(', ')}`;
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation, field });
  }
};
