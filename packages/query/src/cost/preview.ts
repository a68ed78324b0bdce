import type { z } from '@hono/zod-openapi';
import type { Signal } from '@otelier/otlp';
import type { ItemVolume, RangeQuery, Store } from '@otelier/store';
import type { rulePreview } from '../api/cost.ts';
import { ApiProblem } from '../api/problem.ts';
import { type CostRule, configurationOf } from './rules.ts';
import { sampleOf, sizeOf } from './sample.ts';
import { LEVELS, totalVolume } from './senders.ts';

/** Passes requests to the processor of a configuration, and returns what it forwards. */
export type RunProcessor = (
  configuration: { readonly signal: Signal; readonly processor: string; readonly text: string },
  requests: readonly Uint8Array[],
) => Promise<readonly Uint8Array[]>;

const STEPS = 60;

/** Estimates what a rule would save: passes stored items to its processor. */
export async function previewRule(
  store: Store,
  rule: CostRule,
  range: RangeQuery,
  run: RunProcessor | undefined,
): Promise<z.output<typeof rulePreview>> {
  const { signal, processor, text } = configurationOf(rule);
  const volumes = await store.itemVolumes({ ...range, signal, steps: STEPS, detail: true });
  const own = volumes.filter((volume) => concerns(rule, volume));
  const { sizedItems: _, ...now } = totalVolume(own);
  const nothing = { items: 0, bytes: 0 };
  const preview = { signal, processor, configuration: text, now };
  if (run === undefined) {
    const reason = 'this process cannot run processors';
    return { ...preview, kept: now, sample: { now: nothing, kept: nothing }, reason };
  }
  const { requests, ...sampled } = await sampleOf(store, rule, signal, { ...range, steps: STEPS }, own);
  const kept = sizeOf(signal, await run({ signal, processor, text }, requests));
  return {
    ...preview,
    kept: {
      items: scaled(now.items, kept.items, sampled.items),
      bytes: scaled(now.bytes, kept.bytes, sampled.bytes),
    },
    sample: { now: sampled, kept },
    ...(sampled.items === 0 && { reason: 'no item of the range could be read' }),
  };
}

function scaled(total: number, kept: number, sampled: number): number {
  return sampled === 0 ? total : Math.round((total * kept) / sampled);
}

function concerns(rule: CostRule, { service, name, level }: ItemVolume): boolean {
  switch (rule.kind) {
    case 'drop_logs':
      return service === rule.service && LEVELS[level] === rule.level;
    case 'drop_metric':
    case 'drop_label':
      return name === rule.metric;
    case 'drop_attribute':
    case 'sample_traces':
      return true;
  }
}

/** Returns the rule that drops a label of a metric: the others remain. Throws an `ApiProblem` if it has no such label. */
export async function labelRule(store: Store, range: RangeQuery, metric: string, label: string): Promise<CostRule> {
  const [labels, metrics] = await Promise.all([
    store.metricLabels({ ...range, name: metric }),
    store.metricNames({ ...range, match: metric, limit: 100 }),
  ]);
  const keys = labels.map(({ key }) => key);
  if (!keys.includes(label)) {
    throw new ApiProblem('not_found', `label: expected one of ${keys.join(', ') || 'no labels'}, got ${label}`);
  }
  const kind = metrics.find(({ name }) => name === metric)?.kind;
  const aggregation = kind === 'gauge' ? 'mean' : 'sum';
  return { kind: 'drop_label', metric, label, labels: keys.filter((key) => key !== label), aggregation };
}
