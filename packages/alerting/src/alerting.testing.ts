import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreSource } from '@otelier/query/prometheus-source';
import { ALL_FEATURES, evaluateInstant, formatLabels, parsePromql } from '@otelier/query/promql';
import type { Store } from '@otelier/store';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { keyValues, type MetricJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import type { Alert } from './alert.ts';
import { type Alerting, createAlerting } from './create-alerting.ts';
import { parseRuleFile, type RuleGroup } from './rules/rule-file.ts';
import type { Slo } from './slo/parse-slos.ts';

/** Rules over a store in memory, on a clock that a test advances. */
export interface Setup {
  readonly alerting: Alerting;
  readonly clock: ManualClock;
  readonly store: Store;
  readonly directory: string;
  /** The alerts that were sent. */
  readonly sent: Alert[];
  readonly warnings: string[];
  /** Advances the clock to the next evaluation, and waits for its end. */
  step(): Promise<void>;
  advance(millis: number): Promise<void>;
  reload(rules: string): Promise<void>;
  /** Stores values of `up` by instance, a second ago. */
  up(values: Readonly<Record<string, number>>): Promise<void>;
  gauges(
    name: string,
    values: Readonly<Record<string, number>>,
    options?: { readonly atMillis?: number; readonly tenant?: string },
  ): Promise<void>;
  requests(total: number, atMillis: number): Promise<void>;
  latency(count: number, atMillis: number): Promise<void>;
  counter(name: string, total: number, atMillis: number): Promise<void>;
  /** Evaluates a query at a time, by default that of the last evaluation. */
  query(text: string, timeMillis?: number): Promise<readonly string[]>;
  lastEvaluation(): number;
  /** Makes the store wait until the returned function is called. */
  blockStore(): () => void;
  until(condition: () => boolean): Promise<void>;
}

/** Options for `start`. */
interface SetupOptions {
  readonly rules: string;
  readonly slos?: readonly Slo[];
  /** A setup whose store, clock and directory are used again, as after a restart. */
  readonly continues?: Setup;
  /** Whether the state file is left as it is. By default, the earlier setup saves it. */
  readonly keepsFile?: boolean;
}

const INTERVAL = 15_000;
const STEP = 5_000;

/** Starts rules. They are closed with the test. */
export async function start(
  t: { after(end: () => Promise<void>): void },
  { rules, slos = [], continues, keepsFile }: SetupOptions,
): Promise<Setup> {
  const directory = continues?.directory ?? (await mkdtemp(join(tmpdir(), 'otelier-alerting-')));
  if (continues !== undefined && keepsFile !== true) await continues.alerting.close();
  const clock = continues?.clock ?? createManualClock();
  const inner = continues?.store ?? createMemoryStore();
  const listeners = new Set<(request: Uint8Array, tenant: string) => void>();
  let blocked: Promise<void> | undefined;
  const store: Store = {
    ...inner,
    append: async (batch) => {
      await blocked;
      for (const listener of listeners) for (const part of batch.parts) listener(part, batch.context.tenant);
      return inner.append(batch);
    },
  };
  const sent: Alert[] = [];
  const warnings: string[] = [];
  const settings = (text: string) => ({
    groups: groupsOf(text),
    slos,
    evaluationIntervalMillis: 60_000,
    externalLabels: { region: 'eu' },
    externalUrl: 'http://otelier.example',
    sink: { receive: (alerts: readonly Alert[]) => void sent.push(...alerts) },
  });
  const alerting = createAlerting({
    ...settings(rules),
    clock,
    directory,
    store: () => store,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    warn: (_, message) => void warnings.push(message),
  });
  await alerting.start();
  t.after(async () => {
    await alerting.close();
    await rm(directory, { recursive: true, force: true });
  });
  const evaluations = () => alerting.rules().reduce((sum, { counts }) => sum + counts.evaluations, 0);
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };
  const append = async (metrics: readonly MetricJson[]): Promise<void> => {
    const resource = { attributes: keyValues({ 'service.name': 'api' }) };
    await store.append(
      batchOf('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [...metrics] }] }] }),
    );
  };
  const setup: Setup = {
    ...{ alerting, clock, store, directory, sent, warnings, until },
    async step() {
      const before = evaluations();
      const timers = alerting.rules().length;
      for (let waited = 0; waited < 2 * INTERVAL && evaluations() === before; waited += 1000) {
        await clock.advance(1000);
        await until(() => clock.pending >= timers);
      }
      await until(() => clock.pending >= timers);
    },
    async advance(millis) {
      const timers = alerting.rules().length;
      for (let waited = 0; waited < millis; waited += STEP) {
        await clock.advance(Math.min(STEP, millis - waited));
        await until(() => clock.pending >= timers);
      }
    },
    reload: (text) => alerting.update(settings(text)),
    up: (values) => setup.gauges('up', values),
    gauges: async (name, values, { atMillis = clock.now() - 1000, tenant = 'default' } = {}) => {
      for (const [instance, value] of Object.entries(values)) {
        const resource = { attributes: keyValues({ 'service.name': 'api', 'service.instance.id': instance }) };
        const gauge = { dataPoints: [{ timeUnixNano: nanos(atMillis), asDouble: value }] };
        await store.append(
          batchOf(
            'metrics',
            { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name, gauge }] }] }] },
            { tenant },
          ),
        );
      }
    },
    requests: async (total, atMillis) =>
      append([
        {
          name: 'requests',
          sum: {
            aggregationTemporality: 2,
            isMonotonic: true,
            dataPoints: ['GET', 'POST'].map((method) => ({
              timeUnixNano: nanos(atMillis),
              asInt: total,
              attributes: keyValues({ method }),
            })),
          },
        },
      ]),
    counter: async (name, total, atMillis) =>
      append([
        {
          name,
          sum: {
            aggregationTemporality: 2,
            isMonotonic: true,
            dataPoints: [{ timeUnixNano: nanos(atMillis), asInt: total }],
          },
        },
      ]),
    latency: async (count, atMillis) =>
      append([
        {
          name: 'latency',
          unit: 's',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [
              {
                timeUnixNano: nanos(atMillis),
                count: 10 * count,
                sum: count,
                explicitBounds: [0.1, 1],
                bucketCounts: [4 * count, 5 * count, count],
              },
            ],
          },
        },
      ]),
    async query(text, timeMillis = setup.lastEvaluation()) {
      const { result } = await evaluateInstant(
        parsePromql(text, ALL_FEATURES),
        timeMillis,
        new StoreSource(store, 'default'),
      );
      if (!('series' in result)) return [String(result.value)];
      return result.series.map(({ labels, samples }) => `${formatLabels(labels)} ${samples[0]}`);
    },
    lastEvaluation: () =>
      Math.max(...alerting.rules().map(({ scheduledAt }) => scheduledAt ?? clock.now()), 0) || clock.now(),
    blockStore() {
      const { promise, resolve } = Promise.withResolvers<void>();
      blocked = promise;
      return () => {
        blocked = undefined;
        resolve();
      };
    },
  };
  return setup;
}

function groupsOf(text: string): readonly RuleGroup[] {
  const parsed = parseRuleFile(text, { file: 'rules.yml' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.groups;
}

function nanos(millis: number): string {
  return `${BigInt(Math.trunc(millis)) * 1_000_000n}`;
}
