// The arguments of a recorded call with their defaults, as the call table knows them.

import { HOST_CALLS } from '../../host/call-table';
import type { CallRecord } from '../model';

/** Arguments by name. */
export type CallValues = Readonly<Record<string, unknown>>;

/**
 * The arguments of a call in the order of the table; those that were left out have their default, or are absent where there is
 * none.
 */
export const argumentsOf = ({ name, args }: CallRecord): CallValues => {
  const given: CallValues = { ...args };
  const values: Record<string, unknown> = {};
  for (const param of HOST_CALLS[name].params) {
    const value = given[param.name] ?? ('default' in param ? param.default : undefined);
    if (value !== undefined) values[param.name] = value;
  }
  return values;
};
