import { DEFAULT_TENANT, isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import { ALL_FEATURES, parseDurationMillis, parsePromql } from '@otelier/query/promql';
import { z } from 'zod';
import { BURN_RATE, type BurnAlert, burnsOf } from './burn-alerts.ts';

/** A service level objective: the share of good events in a window of time. */
export interface Slo {
  readonly name: string;
  /** The tenant whose telemetry it reads, and that sees it. */
  readonly tenant: string;
  /** Share of good events, such as 0.999. */
  readonly objective: number;
  readonly windowMillis: number;
  /** Selector of the counter of bad events, or what is subtracted from all to get them. */
  readonly bad: { readonly kind: 'errors' | 'good'; readonly selector: string };
  /** Selector of the counter of all events. */
  readonly total: string;
  /** The alerts on burn rates. */
  readonly burns: readonly BurnAlert[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** SLOs, and what is wrong with the others. */
export interface ParsedSlos {
  readonly slos: readonly Slo[];
  readonly errors: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
}

const texts = z.record(z.string(), z.string()).default({});
const text = z.string().min(1);
const CONFIG = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_.-]+$/, 'expected letters, digits, ".", "-" and "_"'),
  tenant: z
    .string()
    .refine(isTenantName, { error: `expected a name of ${TENANT_NAME_RULE}` })
    .default(DEFAULT_TENANT),
  objective: z.coerce
    .number()
    .gt(0, 'expected a percentage above 0 and below 100')
    .lt(100, 'expected a percentage above 0 and below 100'),
  window: z.string().default('30d'),
  /** Selectors of two counters. */
  ratio: z.strictObject({ errors: text, total: text }).optional(),
  /** Name of a histogram as Prometheus has it, one of its bounds, and matchers. */
  latency: z
    .strictObject({ histogram: text, threshold: z.coerce.number(), selector: z.string().default('') })
    .optional(),
  /** A service, from the calls that the connector span_metrics counts. */
  service: text.optional(),
  /** Instead of the default alerts on burn rates. */
  burn_rates: z.array(BURN_RATE).optional(),
  labels: texts,
  annotations: texts,
});

const KINDS = ['ratio', 'latency', 'service'] as const;
/** Shortest window: shorter ones have no windows of burn rates. */
const MIN_WINDOW_MILLIS = 86_400_000;

/** Parses the configuration of SLOs. Never throws. */
export function parseSlos(values: readonly unknown[]): ParsedSlos {
  const errors: { path: readonly (string | number)[]; message: string }[] = [];
  const names = new Set<string>();
  const slos = values.flatMap((value, index): Slo[] => {
    const fail = (path: readonly PropertyKey[], message: string): [] => {
      errors.push({ path: ['slos', index, ...(path as (string | number)[])], message });
      return [];
    };
    const parsed = CONFIG.safeParse(value);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) fail(path, message);
      return [];
    }
    const { name, tenant, objective, window, labels, annotations, burn_rates: burnRates, ...config } = parsed.data;
    if (names.has(name)) return fail(['name'], `expected a unique name, got ${JSON.stringify(name)} again`);
    names.add(name);
    const given = KINDS.filter((kind) => config[kind] !== undefined);
    if (given.length !== 1) {
      return fail([], `expected one of ${KINDS.join(', ')}, got ${given.join(' and ') || 'none'}`);
    }
    const windowMillis = parseDurationMillis(window);
    if (windowMillis === undefined || windowMillis < MIN_WINDOW_MILLIS) {
      return fail(['window'], `expected a duration of at least 1d, such as "30d", got ${JSON.stringify(window)}`);
    }
    const burns = burnsOf(burnRates, windowMillis);
    if ('message' in burns) return fail(['burn_rates', ...burns.path], burns.message);
    const events = eventsOf(config);
    const message = selectorError(events.bad.selector) ?? selectorError(events.total);
    if (message !== undefined) return fail([given[0] ?? ''], message);
    return [{ name, tenant, objective: objective / 100, windowMillis, ...events, burns, labels, annotations }];
  });
  return { slos, errors };
}

function eventsOf({
  ratio,
  latency,
  service,
}: Pick<z.output<typeof CONFIG>, (typeof KINDS)[number]>): Pick<Slo, 'bad' | 'total'> {
  if (ratio !== undefined) return { bad: { kind: 'errors', selector: ratio.errors }, total: ratio.total };
  if (latency !== undefined) {
    const { histogram, threshold, selector } = latency;
    const matchers = selector === '' ? '' : `${selector}, `;
    return {
      bad: { kind: 'good', selector: `${histogram}_bucket{${matchers}le="${threshold}"}` },
      total: `${histogram}_count{${selector}}`,
    };
  }
  const matcher = `service_name=${JSON.stringify(service)}`;
  return {
    bad: { kind: 'errors', selector: `${CALLS}{${matcher}, status_code="STATUS_CODE_ERROR"}` },
    total: `${CALLS}{${matcher}}`,
  };
}

/** The counter of the connector span_metrics. */
const CALLS = 'traces_span_metrics_calls_total';

function selectorError(selector: string): string | undefined {
  try {
    if (parsePromql(selector, ALL_FEATURES).kind === 'selector') return undefined;
    return `expected a selector of a counter such as requests_total{code="500"}, got ${JSON.stringify(selector)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
