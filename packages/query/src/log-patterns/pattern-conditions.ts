import type { Condition } from '@otelier/store';
import type { LogPattern } from './group-records.ts';
import type { Selection } from './record-group.ts';

/** Returns the conditions, as in a `where` parameter, that select the records of a pattern. */
export function patternConditions({
  service,
  severity,
  severityNumber,
  selection,
}: Pick<LogPattern, 'service' | 'severity' | 'severityNumber' | 'selection'>): readonly string[] {
  return [
    `service = ${quoted(service)}`,
    `severity = ${severity === 'unspecified' ? severityNumber : severity}`,
    ...selectionConditions(selection).map(({ field, op, value }) => `${field} ${op} ${quoted(String(value))}`),
  ];
}

/** Returns the conditions that select the records of a pattern among those of its service and severity. */
export function selectionConditions({ isEvent, expression, without }: Selection): readonly Condition[] {
  const field = isEvent ? 'event.name' : 'body';
  return [
    ...(isEvent ? [{ field: 'body', op: '=' as const, value: '' }] : []),
    { field, op: '~', value: expression },
    ...without.map((value) => ({ field, op: '!~' as const, value })),
  ];
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
