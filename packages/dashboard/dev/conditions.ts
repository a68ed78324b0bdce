import type { JsonAttributes, JsonValue } from '@otelier/query';

/** The telemetry that a condition is evaluated on: a span or a log record. */
export interface Conditioned {
  readonly service: string;
  readonly attributes: JsonAttributes;
  readonly resourceAttributes: JsonAttributes;
  readonly [field: string]: unknown;
}

/** Compiles `FIELD OP VALUE` to a predicate. Throws the API's `bad_request` error if it is invalid. */
export function conditionOf(text: string): (row: Conditioned) => boolean {
  const match = /^(\S+)\s+(exists|=|!=|>=|<=|>|<|~|!~)(?:\s+(.*))?$/.exec(text.trim());
  if (match === null) throw new Error(`where: expected FIELD OP VALUE, got "${text}"`);
  const [, field = '', op = '', value = ''] = match;
  const quoted = /^"(.*)"$/s.exec(value)?.[1]?.replace(/\\(.)/gs, '$1');
  const pattern = op.endsWith('~') ? new RegExp(quoted ?? value) : undefined;
  return (row) => compare(fieldOf(row, field), op, value, pattern);
}

function compare(found: JsonValue | undefined, op: string, value: string, pattern: RegExp | undefined): boolean {
  if (op === 'exists' || found === undefined) return found !== undefined;
  if (pattern !== undefined) return (found !== undefined && pattern.test(String(found))) === (op === '~');
  const number = durationNanos(value) ?? levelNumber(value) ?? Number(value);
  const left = typeof found === 'number' && !Number.isNaN(number) ? found : String(found ?? '');
  const right = typeof left === 'number' ? number : value.replace(/^"(.*)"$/, '$1');
  switch (op) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    default:
      return left <= right;
  }
}

/** Returns a field's value by the field's API name. */
export function fieldOf(row: Conditioned, field: string): JsonValue | undefined {
  if (field.startsWith('attributes.')) return row.attributes[field.slice(11)];
  if (field.startsWith('resource.')) return row.resourceAttributes[field.slice(9)];
  switch (field) {
    case 'duration':
      return row['durationNanos'] as number;
    case 'status':
      return String(row['statusCode']).toLowerCase();
    case 'severity':
      return row['severityNumber'] as number;
    default:
      return row[field] as JsonValue | undefined;
  }
}

/** Returns the lowest severity number of a severity level. */
function levelNumber(text: string): number | undefined {
  const level = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].indexOf(text);
  return level < 0 ? undefined : level * 4 + 1;
}

function durationNanos(text: string): number | undefined {
  const match = /^([\d.]+)(ns|us|µs|ms|s|m)$/.exec(text);
  if (match === null) return undefined;
  const scale: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10 };
  return Number(match[1]) * (scale[match[2] ?? ''] ?? 1);
}
