// Names of options: an unknown one is a mistake that should not pass unseen.

import { invalidArgument, VirglError } from './error';
import { nearestName } from './nearest-name';

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
    const near = nearestName(key, names);
    const hint = near === undefined ? names.join(', ') : `did you mean ${near}?`;
    const field = within === undefined ? key : `${within}.${key}`;
    const message = `${operation}: unknown option ${JSON.stringify(field)}; ${hint}`;
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation, field });
  }
};
