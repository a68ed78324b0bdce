import {
  type AttributeValue,
  DATA_POINT_FIELDS,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  readFixed64,
  rewriteItems,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { FunctionRequest, FunctionResult } from '../protocol.ts';
import type { AnyAttributeName } from '../views.ts';
import type { FunctionOptions, FunctionSignal } from './function-options.ts';
import { type ItemFunctions, itemFunctionHooks, signalsOfFunctions } from './item-hooks.ts';
import { type DescribeFailure, Failures, type Runner } from './runner.ts';
import { describeReturned, UserFunction } from './user-function.ts';

/** The contribution of an item: the attributes of its series, and a number. */
export interface AggregateItem {
  /** The attributes of the series to which the item belongs. Missing values are left out. Default: none. */
  readonly key?: { readonly [Name in AnyAttributeName]?: AttributeValue };
  /** The number to aggregate. Default 1. */
  readonly value?: number | bigint;
}

/** The options of `aggregate`: those of the function, and those of the `aggregate` connector except its metrics. */
export interface AggregateOptions extends FunctionOptions {
  /** Base name of the metrics, to which a dot and the function are appended. Default: the name of the component. */
  readonly name?: string;
  readonly description?: string;
  readonly unit?: string;
  /** Functions to compute, such as `count`, `sum`, `max`, `p99`, `histogram`. */
  readonly functions?: readonly string[];
  /** Resource attributes that identify a series. Default `service.name`. */
  readonly resource_attributes?: readonly AnyAttributeName[];
  /** Time windows. Default: consecutive windows of 60 s. */
  readonly window?: {
    readonly type?: 'tumbling' | 'sliding' | 'session';
    readonly size?: string;
    readonly slide?: string;
    readonly gap?: string;
  };
  readonly watermark_delay?: string;
  readonly allowed_lateness?: string;
  readonly idle_timeout?: string;
  readonly max_future?: string;
  readonly interval?: string;
  readonly emit?: 'results' | 'partials';
  readonly histogram_max_size?: number;
  readonly cardinality_limit?: number;
}

/** A function that gives the series and values of items. Created by `aggregate`. */
export class AggregateFunction extends UserFunction {
  readonly use = 'aggregate';
  readonly #functions: ItemFunctions<AggregateItem | undefined>;

  constructor(functions: ItemFunctions<AggregateItem | undefined>, options: AggregateOptions) {
    super(signalsOfFunctions('aggregate', functions), 'aggregate', options);
    this.#functions = functions;
  }

  createRunner(describe: DescribeFailure): Runner {
    return new AggregateRunner(this.#functions, describe);
  }
}

/**
 * Aggregates the values that its functions return over time windows, by their keys. Items for which a function returns
 * `undefined` do not count. A connector that emits metrics.
 */
export function aggregate(
  functions: ItemFunctions<AggregateItem | undefined>,
  options: AggregateOptions = {},
): AggregateFunction {
  return new AggregateFunction(functions, options);
}

/** Name of the metric whose points are the values of a batch. The component gives the aggregates their names. */
const VALUES = 'values';

class AggregateRunner implements Runner {
  readonly #functions: ItemFunctions<AggregateItem | undefined>;
  readonly #failures: Failures;

  constructor(functions: ItemFunctions<AggregateItem | undefined>, describe: DescribeFailure) {
    this.#functions = functions;
    this.#failures = new Failures(describe);
  }

  run(request: FunctionRequest): FunctionResult {
    return this.#failures.run(request, () => this.#values(request));
  }

  /** Writes a data point for each value. */
  #values({ signal, parts }: FunctionRequest) {
    const out = new MetricsWriter();
    let group = -1;
    const hooks = itemFunctionHooks(this.#functions, signal, (call, cursor) => {
      try {
        const item = readItem(call());
        if (item === undefined) return 'keep';
        if (cursor.resourceGroupStart !== group) {
          group = cursor.resourceGroupStart;
          out.resource(cursor.bytes.subarray(cursor.resourceStart, cursor.resourceEnd));
          out.scope(new Uint8Array()).metric({ name: VALUES, data: { kind: 'gauge' } });
        }
        out.numberPoint({ ...item, timeUnixNano: timeOf(signal, cursor) });
      } catch (error) {
        this.#failures.handle(error);
      }
      return 'keep';
    });
    for (const part of parts) {
      group = -1;
      rewriteItems(signal, part, hooks);
    }
    const written = out.finish();
    return { parts: written === undefined ? [] : [written.bytes], itemCount: written?.itemCount ?? 0, dropped: 0 };
  }
}

function readItem(item: unknown): { readonly attributes: Uint8Array; readonly value: number | bigint } | undefined {
  if (item === undefined) return undefined;
  if (typeof item !== 'object' || item === null || item instanceof Promise || Array.isArray(item))
    throw new TypeError(`expected an object such as { key: …, value: 1 } or undefined, got ${describeReturned(item)}`);
  const { key = {}, value = 1 } = item as AggregateItem;
  if (typeof value !== 'bigint' && !Number.isFinite(value))
    throw new TypeError(`value: expected a finite number, got ${describeReturned(value)}`);
  if (typeof key !== 'object' || key === null)
    throw new TypeError(`key: expected an object with attributes, got ${describeReturned(key)}`);
  const attributes = Object.entries(key).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined);
  return { attributes: encodeAttributes(attributes), value };
}

/** Returns the time of an item: the end of a span, the time of a log record or a data point; 0 if it has none. */
function timeOf(signal: FunctionSignal, cursor: ItemCursor): bigint {
  switch (signal) {
    case 'traces':
      return fixed64(cursor, SPAN_FIELDS.endTimeUnixNano);
    case 'logs':
      return fixed64(cursor, LOG_RECORD_FIELDS.timeUnixNano) || fixed64(cursor, LOG_RECORD_FIELDS.observedTimeUnixNano);
    case 'metrics':
      return fixed64(cursor, DATA_POINT_FIELDS.gauge.timeUnixNano);
  }
}

function fixed64({ bytes, start, end }: ItemCursor, field: number): bigint {
  const value = findField(bytes, start, end, field);
  return value < 0 ? 0n : readFixed64(bytes, value);
}
