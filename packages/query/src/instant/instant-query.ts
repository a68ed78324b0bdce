import type { Store } from '@otelier/store';
import { evaluateInstant } from '../logql/engine.ts';
import { Statistics } from '../logql/evaluate/statistics.ts';
import { parseLogql } from '../logql/parse/parse.ts';
import { LokiSource } from '../loki/store-source.ts';
import type { Control } from '../promql/evaluate/context.ts';
import { Labels } from '../promql/labels/labels.ts';
import { evaluateMetrics } from '../traceql/metrics/evaluate.ts';
import { instantInterval } from '../traceql/metrics/intervals.ts';
import { parseTraceql } from '../traceql/parse/parse.ts';
import { storeSource } from '../traceql/source.ts';
import { labelName, labelsOf } from './traceql-labels.ts';

/** A number with its labels. */
export interface InstantSample {
  readonly labels: Labels;
  readonly value: number;
}

/** A query in a language other than PromQL, and the time at which it is evaluated. */
export interface InstantQuery {
  readonly language: 'logql' | 'traceql' | 'sql';
  readonly text: string;
  readonly tenant: string;
  /** Milliseconds since the epoch. */
  readonly timeMillis: number;
  /** How far back a TraceQL query counts spans, in milliseconds: the language has no ranges. */
  readonly rangeMillis: number;
}

/** Evaluates a query over a store. Throws the error of its language. */
export async function instantQuery(
  store: Store,
  query: InstantQuery,
  control: Control,
): Promise<readonly InstantSample[]> {
  switch (query.language) {
    case 'logql':
      return logqlQuery(store, query, control);
    case 'traceql':
      return traceqlQuery(store, query, control);
    case 'sql':
      return sqlQuery(store, query);
  }
}

async function logqlQuery(
  store: Store,
  { text, tenant, timeMillis }: InstantQuery,
  control: Control,
): Promise<readonly InstantSample[]> {
  const expr = parseLogql(text);
  if (expr.kind === 'log') throw new Error('expected a metric query, got a log query');
  const result = await evaluateInstant(expr, nanosOf(timeMillis), {
    source: new LokiSource(store, tenant),
    control,
    statistics: new Statistics(),
    nowMillis: () => timeMillis,
  });
  if (result.kind === 'scalar') return [{ labels: Labels.EMPTY, value: result.value }];
  if (result.kind !== 'vector') return [];
  return result.series.map(({ labels, samples: [sample] }) => ({
    labels,
    value: typeof sample === 'number' ? sample : Number.NaN,
  }));
}

async function traceqlQuery(
  store: Store,
  { text, tenant, timeMillis, rangeMillis }: InstantQuery,
  control: Control,
): Promise<readonly InstantSample[]> {
  const parsed = parseTraceql(text);
  if (parsed.kind !== 'metrics') throw new Error('expected a metrics query, got a search');
  const source = storeSource(store, tenant, () => control.check());
  const interval = instantInterval(nanosOf(timeMillis - rangeMillis), nanosOf(timeMillis));
  const set = await evaluateMetrics(source, parsed.expression, interval, 0);
  return [...set.values()].flatMap(({ labels, values: [value = Number.NaN] }) =>
    Number.isNaN(value) ? [] : [{ labels: labelsOf(labels), value }],
  );
}

/** Maximum number of rows of a statement. */
const MAX_ROWS = 10_000;

async function sqlQuery(store: Store, { text, tenant }: InstantQuery): Promise<readonly InstantSample[]> {
  if (store.sql === undefined) throw new Error('expected a store with SQL, got one without');
  const { columns, rows, truncated } = await store.sql.query({ tenant, statement: text, maxRows: MAX_ROWS });
  if (truncated) throw new Error(`expected at most ${MAX_ROWS} rows, got more`);
  const names = columns.map(({ name }) => name);
  const at = names.indexOf('value');
  if (at < 0) throw new Error(`expected a column "value", got ${names.join(', ') || 'none'}`);
  return rows.flatMap((row) => {
    if (row[at] === null || row[at] === undefined) return [];
    const value = Number(row[at]);
    if (Number.isNaN(value) && row[at] !== 'NaN') {
      throw new Error(`expected numbers in the column "value", got ${JSON.stringify(row[at])}`);
    }
    const labels = names.flatMap((name, index): [string, string][] =>
      index === at ? [] : [[labelName(name), textOf(row[index])]],
    );
    return [{ labels: Labels.from(labels), value }];
  });
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function nanosOf(millis: number): bigint {
  return BigInt(Math.trunc(millis)) * 1_000_000n;
}
