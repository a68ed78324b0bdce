import type { Attributes, AttributeValue, Condition, LogRow } from '@otelier/store';
import { jsonValue } from '../api/json.ts';
import { conditionPattern } from '../request/condition-pattern.ts';
import { testWithin } from './regex-guard.ts';

/**
 * The filter of a live tail: the conditions and search string of a query, evaluated on records as they pass through.
 */
export interface LogFilter {
  readonly tenant: string;
  readonly conditions: readonly Condition[];
  readonly text: string | undefined;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** Returns the matching records, or `undefined` if a regular expression exceeds its time limit. */
export type LogSelector = (rows: readonly LogRow[]) => readonly LogRow[] | undefined;

/** Maximum CPU time of a regular expression per batch. */
const EXPRESSION_MILLIS = 50;

/** Compiles a filter. As in a store, a missing field satisfies no condition. */
export function logSelector({ conditions, text, traceId, spanId }: LogFilter): LogSelector {
  const selectors = conditions.map(selectorOf);
  const wanted = text?.toLowerCase();
  const hasText = (row: LogRow): boolean =>
    wanted === undefined || textsOf(row).some((one) => one.toLowerCase().includes(wanted));
  const belongs = (row: LogRow): boolean =>
    (traceId === undefined || row.traceId === traceId) && (spanId === undefined || row.spanId === spanId);
  return (rows) => {
    let left: readonly LogRow[] | undefined = rows.filter((row) => belongs(row) && hasText(row));
    for (const select of selectors) left = left && select(left);
    return left;
  };
}

/** Returns a function that selects the records for which a condition, or one of its alternatives, holds. */
function selectorOf({ or = [], ...own }: Condition): LogSelector {
  const [first, ...others] = [single(own), ...or.map(selectorOf)];
  if (first === undefined || others.length === 0) return first ?? ((rows) => rows);
  return (rows) => {
    const found = new Set<LogRow>();
    for (const select of [first, ...others]) {
      const selected = select(rows);
      if (selected === undefined) return undefined;
      for (const row of selected) found.add(row);
    }
    return rows.filter((row) => found.has(row));
  };
}

function single(condition: Condition): LogSelector {
  if (condition.op === '~' || condition.op === '!~') return expression(condition);
  const holds = comparison(condition);
  return (rows) => rows.filter(holds);
}

function comparison({ field, op, value }: Condition): (row: LogRow) => boolean {
  if (op === 'exists') return (row) => fieldValue(row, field) !== undefined;
  const holds = COMPARISONS[op as keyof typeof COMPARISONS];
  return (row) => {
    const actual = fieldValue(row, field);
    return actual !== undefined && holds(order(actual, value));
  };
}

const COMPARISONS = {
  '=': (sign: number) => sign === 0,
  '!=': (sign: number) => sign !== 0,
  '>': (sign: number) => sign > 0,
  '>=': (sign: number) => sign >= 0,
  '<': (sign: number) => sign < 0,
  '<=': (sign: number) => sign <= 0,
} as const;

function expression({ field, op, value }: Condition): LogSelector {
  const pattern = conditionPattern(String(value));
  if (typeof pattern === 'string') return () => [];
  return (rows) => {
    const present = rows.filter((row) => fieldValue(row, field) !== undefined);
    const texts = present.map((row) => valueText(fieldValue(row, field)));
    const matches = testWithin(EXPRESSION_MILLIS, pattern, texts);
    return matches && present.filter((_, i) => matches[i] === (op === '~'));
  };
}

function fieldValue(row: LogRow, field: string): AttributeValue | undefined {
  if (field.startsWith('attributes.')) return ownValue(row.attributes, field.slice('attributes.'.length));
  if (field.startsWith('resource.')) return ownValue(row.resourceAttributes, field.slice('resource.'.length));
  switch (field) {
    case 'severity':
      return row.severityNumber;
    case 'body':
      return row.body;
    case 'service':
      return row.service;
    case 'event.name':
      return row.eventName ?? '';
    case 'scope.name':
      return row.scopeName;
    default:
      return undefined;
  }
}

/** Returns the attribute's value. Inherited properties such as `constructor` are not attributes. */
function ownValue(attributes: Attributes, key: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}

function textsOf(row: LogRow): string[] {
  return [row.body, ...Object.values(row.attributes).map(valueText)];
}

function valueText(value: AttributeValue | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(jsonValue(value)) : String(value);
}

/**
 * Compares two numbers numerically and everything else as strings. Returns a negative number, zero or a positive
 * number.
 */
function order(actual: AttributeValue, wanted: string | number | boolean): number {
  const numbers = (typeof actual === 'number' || typeof actual === 'bigint') && typeof wanted === 'number';
  const left = numbers ? actual : valueText(actual);
  const right = numbers ? wanted : String(wanted);
  if (left < right) return -1;
  return left > right ? 1 : 0;
}
