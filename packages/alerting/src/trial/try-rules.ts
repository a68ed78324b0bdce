import { type RangeSeries, rangeQuery } from '@otelier/query/instant';
import { createControl, StoreSource } from '@otelier/query/prometheus-source';
import { ALL_FEATURES, type Control, DEFAULT_OPTIONS, evaluateInstant, parsePromql } from '@otelier/query/promql';
import type { Store } from '@otelier/store';
import type { AlertingClock } from '../clock.ts';
import { MIN_TRACEQL_RANGE_MILLIS } from '../engine/store-host.ts';
import type { TemplateEnvironment, TemplateSample } from '../rules/alert-template.ts';
import { RuleAlerts } from '../rules/alerts.ts';
import type { RuleExpression } from '../rules/rule-file.ts';
import { FiringLog, type TrialFiring } from './firing-log.ts';
import { parseTrialRules, RuleTextError, type TriedRule } from './parse-trial.ts';

/** Rules to try, and the range in which they are evaluated. Times are in milliseconds since the epoch. */
export interface TrialRequest {
  /** A rule, a list of rules, or a rule file. */
  readonly text: string;
  readonly startMillis: number;
  readonly endMillis: number;
  /** Interval of groups without one. */
  readonly intervalMillis: number;
  readonly tenant: string;
}

/** Where rules are tried. */
export interface TrialContext {
  readonly store: Store;
  readonly clock: AlertingClock;
  readonly signal: AbortSignal;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

/** When alerts of rules would have fired. */
export interface RuleTrial {
  readonly startMillis: number;
  readonly endMillis: number;
  /** Time between two evaluations. */
  readonly stepMillis: number;
  readonly evaluations: number;
  readonly rules: readonly TrialRule[];
}

/** When alerts of a rule would have fired. */
export interface TrialRule {
  readonly name: string;
  /** Why the rule cannot be evaluated. */
  readonly error?: string;
  readonly firings: readonly TrialFiring[];
  readonly firingCount: number;
  /** How many times an alert was pending, but did not fire. */
  readonly pendingCount: number;
  /** Number of series that the expression has. */
  readonly series: number;
}

/** What rules of a request read. */
interface TrialSource extends TrialContext {
  readonly tenant: string;
}

/** Maximum number of evaluations of a rule, as in range queries of Prometheus. */
const MAX_STEPS = 11_000;
/** How long a trial may take, in milliseconds. */
const TIMEOUT_MILLIS = 60_000;

interface Grid {
  readonly startMillis: number;
  readonly endMillis: number;
  readonly stepMillis: number;
}

/**
 * Evaluates alerting rules over the past. Nothing is stored or sent; metrics of recording rules are those that are stored.
 * Rejects with a `RuleTextError` if the text has errors. Errors of an evaluation are part of the result.
 */
export async function tryRules(request: TrialRequest, context: TrialContext): Promise<RuleTrial> {
  const tried = parseTrialRules(request.text);
  const interval = Math.min(...tried.map(({ intervalMillis = request.intervalMillis }) => intervalMillis));
  const isTraceql = tried.some(({ rule }) => rule.expression.language === 'traceql');
  const grid = gridOf(request, isTraceql ? Math.max(interval, MIN_TRACEQL_RANGE_MILLIS) : interval);
  if (isTraceql && grid.stepMillis > Math.max(interval, MIN_TRACEQL_RANGE_MILLIS)) {
    throw new RuleTextError(`expected a range of at most ${MAX_STEPS} intervals for TraceQL, got more`);
  }
  const control = createControl(context.clock, TIMEOUT_MILLIS, context.signal);
  const rules: TrialRule[] = [];
  const where = { ...context, tenant: request.tenant };
  for (const one of tried) rules.push(await tryRule(one, grid, where, control));
  return { ...grid, evaluations: Math.floor((grid.endMillis - grid.startMillis) / grid.stepMillis) + 1, rules };
}

/** Returns the times of evaluations: multiples of the interval, or of several intervals if there would be too many. */
function gridOf({ startMillis, endMillis }: TrialRequest, interval: number): Grid {
  const stepMillis = interval * Math.max(1, Math.ceil((endMillis - startMillis) / interval / (MAX_STEPS - 1)));
  const start = Math.ceil(startMillis / stepMillis) * stepMillis;
  return {
    startMillis: start,
    endMillis: Math.max(start, Math.floor(endMillis / stepMillis) * stepMillis),
    stepMillis,
  };
}

async function tryRule(
  { rule, limit, queryOffsetMillis = 0 }: TriedRule,
  grid: Grid,
  context: TrialSource,
  control: Control,
): Promise<TrialRule> {
  const log = new FiringLog();
  let series = 0;
  try {
    const found = await byTime(rule.expression, grid, queryOffsetMillis, context, control);
    const kept =
      rule.keepFiring === undefined
        ? undefined
        : await byTime(rule.keepFiring, grid, queryOffsetMillis, context, control);
    series = found.series;
    const alerts = new RuleAlerts(rule, limit);
    const environment = environmentOf(context, control);
    for (let time = grid.startMillis; time <= grid.endMillis; time += grid.stepMillis) {
      const keptNow = alerts.isFiring ? (kept?.at(time) ?? []) : [];
      await alerts.update(found.at(time), time, environment, keptNow);
      log.observe(alerts.alerts);
      const pause = control.check();
      if (pause !== undefined) await pause;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    return { name: rule.name, ...log.report(), series, error: error instanceof Error ? error.message : String(error) };
  }
  return { name: rule.name, ...log.report(), series };
}

interface Results {
  readonly series: number;
  at(time: number): readonly TemplateSample[];
}

/** Evaluates an expression at all times. */
async function byTime(
  expression: RuleExpression,
  { startMillis, endMillis, stepMillis }: Grid,
  offsetMillis: number,
  { store, tenant }: TrialSource,
  control: Control,
): Promise<Results> {
  const { language, text } = expression;
  if (language === 'sql') throw new Error('expected PromQL, LogQL or TraceQL, got SQL');
  if (language === 'traceql' && offsetMillis % stepMillis !== 0) {
    throw new Error('query_offset: expected a multiple of the interval for TraceQL');
  }
  const query = { language, text, tenant, stepMillis };
  const range = { startMillis: startMillis - offsetMillis, endMillis: endMillis - offsetMillis };
  const series = await rangeQuery(store, { ...query, ...range }, control);
  const times = new Map<number, TemplateSample[]>();
  for (const one of series) addSeries(one, offsetMillis, times);
  return { series: series.length, at: (time) => times.get(time) ?? [] };
}

function addSeries(
  { labels, times, values }: RangeSeries,
  offsetMillis: number,
  all: Map<number, TemplateSample[]>,
): void {
  for (const [index, time] of times.entries()) {
    const sample = { labels, value: values[index] ?? Number.NaN };
    const known = all.get(time + offsetMillis);
    if (known === undefined) all.set(time + offsetMillis, [sample]);
    else known.push(sample);
  }
}

function environmentOf(
  { store, tenant, externalLabels, externalUrl }: TrialSource,
  control: Control,
): TemplateEnvironment {
  return {
    externalLabels,
    externalUrl,
    async query(text, timeMillis) {
      const source = new StoreSource(store, tenant);
      const expr = parsePromql(text, ALL_FEATURES);
      const { result } = await evaluateInstant(expr, timeMillis, source, DEFAULT_OPTIONS, control);
      if (result.kind !== 'vector') return [];
      return result.series.map(({ labels, samples: [sample] }) => ({
        labels,
        value: typeof sample === 'number' ? sample : Number.NaN,
      }));
    },
  };
}
