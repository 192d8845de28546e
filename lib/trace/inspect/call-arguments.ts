// The arguments of a recorded call with their defaults, as the call table knows them.

import { HOST_CALLS } from '../../host/call-table';
import type { CallRecord } from '../model';

/** Arguments by name. */
export type CallValues = Readonly<Record<string, unknown>>;

/** The arguments of a call; those that were left out have their default, or are absent where there is none. */
export const argumentsOf = ({ name, args }: CallRecord): CallValues => {
  const values: Record<string, unknown> = {};
  for (const param of HOST_CALLS[name].params) {
    if ('default' in param && param.default !== undefined) values[param.name] = param.default;
  }
  return Object.assign(values, args);
};
