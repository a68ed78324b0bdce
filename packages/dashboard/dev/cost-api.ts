import type { CostAttributesResponse, CostResponse, CostSender, RulePreview } from '@otelier/query';
import { metrics } from './metrics-api.ts';
import type { Shop } from './shop.ts';
import { type RequestParams, WEIGHT } from './spans-api.ts';

const SPAN_BYTES = 420;
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** What the services of the shop send. */
export function cost(shop: Shop, ask: RequestParams): CostResponse {
  const senders = [...spanSenders(shop, ask), ...logSenders(shop, ask), ...pointSenders(shop, ask)];
  senders.sort((a, b) => b.bytes - a.bytes);
  const signals = (['traces', 'logs', 'metrics'] as const).map((signal) => {
    const own = senders.filter((sender) => sender.signal === signal);
    const [items, bytes] = [sum(own, 'items'), sum(own, 'bytes')];
    const sizedItems = Math.floor(items * 0.98);
    return { signal, items, bytes, sizedItems, isEstimated: items > 0, storedBytes: bytes / 12, storedItems: items };
  });
  return {
    timesMillis: Array.from({ length: ask.steps }, (_, step) => ask.start + (step * (ask.end - ask.start)) / ask.steps),
    stepMillis: (ask.end - ask.start) / ask.steps,
    signals,
    senders: senders.slice(0, ask.limit),
    senderCount: senders.length,
  };
}

export function costAttributes(shop: Shop, ask: RequestParams): CostAttributesResponse {
  const spans = ask.params.get('signal') === 'traces' ? shop.spans.filter((one) => isIn(one.startMillis, ask)) : [];
  const logs = ask.params.get('signal') === 'logs' ? shop.logs.filter((one) => isIn(one.timeMillis, ask)) : [];
  const values = new Map<string, string[]>();
  for (const { attributes } of [...spans, ...logs]) {
    for (const [key, value] of Object.entries(attributes)) {
      const known = values.get(key);
      if (known === undefined) values.set(key, [JSON.stringify(value)]);
      else known.push(JSON.stringify(value));
    }
  }
  const attributes = [...values].map(([key, all]) => {
    const distinct = new Set(all).size;
    const valuesAre =
      distinct > 1000 ? ('at most' as const) : distinct > 100 ? ('estimated' as const) : ('exact' as const);
    const bytes = all.reduce((total, text) => total + text.length + key.length + 8, 0) * WEIGHT;
    return { key, items: all.length * WEIGHT, bytes, values: distinct, valuesAre };
  });
  return { attributes: attributes.sort((a, b) => b.bytes - a.bytes).slice(0, ask.limit) };
}

export function costPreview(shop: Shop, ask: RequestParams): RulePreview {
  const { params } = ask;
  const rule = params.get('rule') ?? '';
  const { senders } = cost(shop, { ...ask, steps: 1, limit: 1000 });
  const own = senders.filter((sender) => {
    if (rule === 'drop_logs')
      return (
        sender.signal === 'logs' && sender.service === params.get('service') && sender.level === params.get('level')
      );
    if (rule === 'drop_metric' || rule === 'drop_label') return sender.name === params.get('metric');
    return sender.signal === (rule === 'sample_traces' ? 'traces' : (params.get('signal') ?? 'traces'));
  });
  const now = { items: sum(own, 'items'), bytes: sum(own, 'bytes'), isEstimated: true };
  const percentage = Number(params.get('percentage') ?? 10) / 100;
  const [items, bytes] =
    rule === 'sample_traces'
      ? [percentage, percentage]
      : rule === 'drop_attribute'
        ? [1, 0.86]
        : rule === 'drop_label'
          ? [0.25, 0.25]
          : [0, 0];
  const sampled = Math.min(3200, now.items);
  const sample = { items: sampled, bytes: sampled * SPAN_BYTES };
  const processor = `filter/${rule}`;
  return {
    signal: own[0]?.signal ?? 'traces',
    processor,
    configuration: `processors:\n  ${processor}:\n    logs:\n      log_record:\n        - "severity_number < SEVERITY_NUMBER_INFO"\n`,
    now,
    kept: { items: Math.round(now.items * items), bytes: Math.round(now.bytes * bytes) },
    sample: { now: sample, kept: { items: Math.round(sample.items * items), bytes: Math.round(sample.bytes * bytes) } },
    ...(now.items === 0 && { reason: 'no item of the range could be read' }),
  };
}

function spanSenders(shop: Shop, ask: RequestParams): CostSender[] {
  const spans = shop.spans.filter((one) => isIn(one.startMillis, ask));
  return [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) =>
    sender(
      { signal: 'traces', service, name: '' },
      own.map(({ startMillis }) => startMillis),
      WEIGHT,
      SPAN_BYTES,
      ask,
    ),
  );
}

function logSenders(shop: Shop, ask: RequestParams): CostSender[] {
  const records = shop.logs.filter((one) => isIn(one.timeMillis, ask));
  const levelOf = (number: number) => LEVELS[Math.ceil(number / 4) - 1] ?? 'unspecified';
  const groups = Map.groupBy(records, ({ service, severityNumber }) =>
    JSON.stringify([service, levelOf(severityNumber)]),
  );
  return [...groups.values()].map((own) => {
    const { service = '', severityNumber = 0 } = own[0] ?? {};
    const of = { signal: 'logs', service, name: '', level: levelOf(severityNumber) } as const;
    return sender(
      of,
      own.map(({ timeMillis }) => timeMillis),
      WEIGHT,
      260,
      ask,
    );
  });
}

/** Each metric has nine series with a point in 15 seconds. */
function pointSenders(shop: Shop, ask: RequestParams): CostSender[] {
  if (shop.spans.length === 0) return [];
  return metrics(ask).metrics.map(({ name, services: [service = ''] }) => {
    const count = Math.floor((ask.end - ask.start) / 15_000);
    const times = Array.from({ length: count }, (_, i) => ask.start + i * 15_000);
    return sender({ signal: 'metrics', service, name }, times, 9, 90, ask);
  });
}

function sender(
  of: Pick<CostSender, 'signal' | 'service' | 'name' | 'level'>,
  times: readonly number[],
  weight: number,
  size: number,
  ask: RequestParams,
): CostSender {
  const itemSteps = new Array<number>(ask.steps).fill(0);
  for (const millis of times) {
    const step = Math.floor(((millis - ask.start) / (ask.end - ask.start)) * ask.steps);
    itemSteps[step] = (itemSteps[step] ?? 0) + weight;
  }
  const items = times.length * weight;
  const byteSteps = itemSteps.map((count) => count * size);
  return { ...of, items, bytes: items * size, isEstimated: true, itemSteps, byteSteps };
}

function isIn(millis: number, { start, end }: RequestParams): boolean {
  return millis >= start && millis < end;
}

function sum<Key extends string>(all: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return all.reduce((total, one) => total + one[key], 0);
}
