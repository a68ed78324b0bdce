import type { Batch } from '@otelier/otlp';
import { instantQuery } from '@otelier/query/instant';
import { createControl, StoreSource } from '@otelier/query/prometheus-source';
import {
  ALL_FEATURES,
  type Control,
  compilePlan,
  DEFAULT_OPTIONS,
  type Expr,
  evaluateInstant,
  Labels,
  type Plan,
  type PlanContext,
  parsePromql,
} from '@otelier/query/promql';
import type { Store } from '@otelier/store';
import type { AlertingClock } from '../clock.ts';
import { nameOf, RecentSamples } from '../recent/recent-samples.ts';
import type { TemplateSample } from '../rules/alert-template.ts';
import type { RuleHost, VectorSample, WrittenSample } from '../rules/evaluate-group.ts';
import type { RuleExpression, RuleGroup } from '../rules/rule-file.ts';
import { encodeSamples, type TimedSamples } from './encode-samples.ts';

/** Options for `StoreHost`. */
export interface StoreHostOptions {
  readonly clock: AlertingClock;
  /** The tenant that is read, and that owns what rules write. */
  readonly tenant: string;
  /** Returns the store, or `undefined` while there is none. */
  readonly store: () => Store | undefined;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  /** Whether `receive` sees all metrics that are stored. */
  readonly isComplete: boolean;
  readonly warn: (message: string) => void;
}

/** How long an evaluation may take, in milliseconds. */
const TIMEOUT_MILLIS = 30_000;
/** Evaluations that read the store at the same time. */
const MAX_READS = 4;
/** How far back TraceQL counts spans, if the interval of the group is shorter. */
export const MIN_TRACEQL_RANGE_MILLIS = 60_000;

/** Evaluates expressions over a store and the recent samples in memory, and writes the results of rules to the store. */
export class StoreHost {
  readonly recent: RecentSamples;
  readonly #options: StoreHostOptions;
  readonly #plans = new WeakMap<Expr, { readonly plan: Plan | undefined }>();
  readonly #waiting: (() => void)[] = [];
  #reads = 0;
  #results: PlanContext['results'] = new Map();
  #resultsOf = { time: Number.NaN, version: -1 };

  constructor(options: StoreHostOptions) {
    this.#options = options;
    this.recent = new RecentSamples({
      source: () => new StoreSource(this.#store(), options.tenant),
      now: () => options.clock.now(),
      isComplete: options.isComplete,
      onTooLarge: (name) => options.warn(`too many recent samples of ${name} for memory: rules read it from the store`),
    });
  }

  /** Keeps the recent samples of the metrics that rules of groups read. */
  watch(groups: Iterable<RuleGroup>): void {
    const selectors: Parameters<RecentSamples['watch']>[0] = [...groups].flatMap((group) =>
      group.rules
        .flatMap((rule) => [rule.expression, ...(rule.kind === 'alerting' && rule.keepFiring ? [rule.keepFiring] : [])])
        .flatMap((expression) => (expression.language === 'promql' ? (this.#planOf(expression)?.selectors ?? []) : []))
        .map(({ selector, reachMillis }) => ({
          matchers: selector.matchers,
          reachMillis: reachMillis + (group.queryOffsetMillis ?? 0),
        })),
    );
    this.recent.watch(selectors);
  }

  /** Returns the host of a group. Samples that its rules write are stored together, by `flush`. */
  ofGroup(intervalMillis: () => number): RuleHost & { flush(): Promise<void> } {
    const { externalLabels, externalUrl } = this.#options;
    let written: TimedSamples[] = [];
    const flush = async (): Promise<void> => {
      if (written.length === 0) return;
      const all = written;
      written = [];
      await this.#append(all);
    };
    const evaluate = async (expression: RuleExpression, timeMillis: number): Promise<readonly VectorSample[]> => {
      if (expression.language === 'promql') return this.#promql(expression, timeMillis, flush);
      await flush();
      const rangeMillis = Math.max(MIN_TRACEQL_RANGE_MILLIS, intervalMillis());
      const query = { ...expression, tenant: this.#options.tenant, timeMillis, rangeMillis };
      return this.#reading(async () => instantQuery(this.#store(), query, this.#control()));
    };
    return {
      externalLabels,
      externalUrl,
      evaluate,
      flush,
      query: async (text, timeMillis) => {
        const expr = parsePromql(text, ALL_FEATURES);
        const result = await evaluate({ language: 'promql', text, expr }, timeMillis);
        return result.map(
          ({ labels, value }): TemplateSample => ({ labels, value: typeof value === 'number' ? value : value.count }),
        );
      },
      write: (samples: readonly WrittenSample[], timeMillis: number) => {
        written.push({ samples, timeMillis });
        this.recent.write(samples, timeMillis);
      },
    };
  }

  async #promql(
    expression: Extract<RuleExpression, { language: 'promql' }>,
    timeMillis: number,
    flush: () => Promise<void>,
  ): Promise<readonly VectorSample[]> {
    const plan = this.#planOf(expression);
    if (plan !== undefined) {
      const selectors = plan.selectors.map(({ selector }) => selector);
      if (!this.recent.isPrepared(selectors)) {
        await flush();
        await this.#reading(async () => this.recent.prepare(selectors));
      }
      const result = plan.run({
        time: timeMillis,
        lookbackMillis: DEFAULT_OPTIONS.lookbackMillis,
        source: this.recent,
        results: this.#resultsAt(timeMillis),
      });
      if (typeof result === 'number') return [{ labels: Labels.EMPTY, value: result }];
      if (result !== undefined) return result;
    }
    await flush();
    return this.#reading(async () => {
      const { result } = await evaluateInstant(
        expression.expr,
        timeMillis,
        this.recent,
        DEFAULT_OPTIONS,
        this.#control(),
      );
      if (result.kind === 'scalar') return [{ labels: Labels.EMPTY, value: result.value }];
      if (result.kind !== 'vector') throw new Error(`expected a vector or a number, got a ${result.kind}`);
      return result.series.map(({ labels, samples: [sample] }) => ({ labels, value: sample ?? Number.NaN }));
    });
  }

  #planOf({ expr, text }: Extract<RuleExpression, { language: 'promql' }>): Plan | undefined {
    const known = this.#plans.get(expr);
    if (known !== undefined) return known.plan;
    const compiled = compilePlan(expr, text, DEFAULT_OPTIONS.lookbackMillis);
    // A selector without a name is never in memory.
    const plan = compiled?.selectors.every(({ selector }) => nameOf(selector.matchers) !== undefined)
      ? compiled
      : undefined;
    this.#plans.set(expr, { plan });
    return plan;
  }

  /** Returns the results of parts of expressions at a time, which are valid until samples change. */
  #resultsAt(time: number): PlanContext['results'] {
    const { version } = this.recent;
    if (this.#resultsOf.time !== time || this.#resultsOf.version !== version) {
      this.#results = new Map();
      this.#resultsOf = { time, version };
    }
    return this.#results;
  }

  #control(): Control {
    return createControl(this.#options.clock, TIMEOUT_MILLIS, new AbortController().signal);
  }

  #store(): Store {
    const store = this.#options.store();
    if (store === undefined) throw new Error('expected a store, got none: no pipeline has a store exporter');
    return store;
  }

  async #append(all: readonly TimedSamples[]): Promise<void> {
    const { clock, tenant } = this.#options;
    const bytes = encodeSamples(all);
    const itemCount = all.reduce((sum, { samples }) => sum + samples.length, 0);
    const batch: Batch = {
      signal: 'metrics',
      parts: [bytes],
      itemCount,
      sizeBytes: bytes.length,
      context: { tenant, subject: undefined, metadata: {}, arrivalMillis: clock.now() },
    };
    const outcome = await this.#store().append(batch);
    if (outcome.kind === 'retry' || outcome.kind === 'refused')
      throw new Error(`results not stored: ${outcome.reason}`);
  }

  async #reading<T>(read: () => Promise<T>): Promise<T> {
    if (this.#reads >= MAX_READS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reads += 1;
    try {
      return await read();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#reads -= 1;
      else next();
    }
  }
}
