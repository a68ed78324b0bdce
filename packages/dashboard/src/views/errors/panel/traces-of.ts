import type { ErrorCause } from '@otelier/query';
import { writeCondition } from '../../../data/conditions.ts';

/** Returns the search for the spans of a cause. */
export function tracesOf(cause: ErrorCause): { readonly where: readonly string[]; readonly text?: string } {
  const where = [
    writeCondition('service', '=', cause.service),
    writeCondition('name', '=', cause.spanName),
    'status = error',
  ];
  return cause.search.length > 3 ? { where, text: cause.search } : { where };
}

/** Returns the conditions for the log records of a cause. */
export function recordsOf(cause: ErrorCause): readonly string[] {
  return [writeCondition('service', '=', cause.service), writeCondition('attributes.exception.type', '=', cause.type)];
}
