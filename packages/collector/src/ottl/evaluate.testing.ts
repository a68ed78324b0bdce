import assert from 'node:assert/strict';
import { requestFromJson, requestToJson, rewriteItems } from '@otelier/otlp';
import { compileStatement, compileValue } from './compile/compiler.ts';
import type { FunctionTable } from './compile/function.ts';
import { STANDARD_FUNCTIONS } from './functions/standard.ts';
import { Subject } from './record/subject.ts';
import type { Value } from './values/value.ts';

/** The time returned by `Now()` in tests, in milliseconds since the epoch. */
export const TEST_NOW = Date.UTC(2024, 1, 29, 12, 34, 56, 789);

const environment = { now: () => TEST_NOW, random: () => 0.5 };

/** A log record in OTLP/JSON. */
type LogRecord = Readonly<Record<string, unknown>>;

function request(record: LogRecord): Uint8Array {
  const json = { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] };
  const parsed = requestFromJson('logs', JSON.stringify(json));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.bytes;
}

/** Evaluates an expression against a log record. */
export function evaluate(
  expression: string,
  record: LogRecord = {},
  functions: FunctionTable = STANDARD_FUNCTIONS,
): Value {
  const getter = compileValue(expression, { context: 'log', functions });
  const subject = new Subject(environment);
  let result: Value;
  rewriteItems('logs', request(record), {
    item(cursor) {
      result = getter(subject.moveToItem(cursor));
      return 'keep';
    },
  });
  return result;
}

/** Runs statements on a log record and returns the result in OTLP/JSON. */
export function run(record: LogRecord, ...statements: readonly string[]): LogRecord {
  const compiled = statements.map((text) => compileStatement(text, { context: 'log', functions: STANDARD_FUNCTIONS }));
  const subject = new Subject(environment);
  const { bytes } = rewriteItems('logs', request(record), {
    item(cursor) {
      subject.moveToItem(cursor);
      for (const statement of compiled) statement.run(subject);
      subject.item.record(cursor.splices);
      return 'keep';
    },
  });
  assert.ok(bytes !== undefined);
  const { resourceLogs } = JSON.parse(requestToJson('logs', bytes)) as {
    resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[];
  };
  return resourceLogs[0]?.scopeLogs[0]?.logRecords[0] ?? {};
}

/** Converts a plain JavaScript value to an `AnyValue` in OTLP/JSON: a `bigint` to an integer, a number to a double. */
export function anyValue(value: unknown): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number') return { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (value === null || value === undefined) return {};
  return { kvlistValue: { values: attributes(value as Record<string, unknown>) } };
}

/** Converts an object to OTLP/JSON attributes. */
export function attributes(values: Readonly<Record<string, unknown>>): { key: string; value: object }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}
