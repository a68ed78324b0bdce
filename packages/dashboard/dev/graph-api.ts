import type { ServiceGraphResponse } from '@otelier/query';
import type { Shop, ShopSpan } from './shop.ts';
import { type RequestParams, WEIGHT } from './spans-api.ts';

const PEER_KEYS = ['db.system.name', 'server.address'];

export function serviceGraph(shop: Shop, ask: RequestParams): ServiceGraphResponse {
  const groups = new Map<string, { key: string | undefined; caller: string; called: string; spans: ShopSpan[] }>();
  const add = (caller: string, called: string, key: string | undefined, span: ShopSpan): void => {
    const id = JSON.stringify([caller, called, key]);
    const group = groups.get(id) ?? { key, caller, called, spans: [] };
    group.spans.push(span);
    groups.set(id, group);
  };
  for (const spans of shop.traces.values()) {
    const inRange = spans.filter(({ startMillis }) => startMillis >= ask.start && startMillis < ask.end);
    const byId = new Map(inRange.map((span) => [span.spanId, span]));
    for (const span of inRange) {
      const parent = byId.get(span.parentSpanId ?? '');
      if (parent !== undefined && parent.service !== span.service) add(parent.service, span.service, undefined, span);
      const key = span.kind === 'CLIENT' ? PEER_KEYS.find((one) => span.attributes[one] !== undefined) : undefined;
      if (key !== undefined) add(span.service, String(span.attributes[key]), key, span);
    }
  }
  const edges = [...groups.values()].map(({ key, caller, called, spans }) => {
    const durations = spans.map(({ durationNanos }) => durationNanos).sort((a, b) => a - b);
    return {
      ...{ caller, called, ...(key !== undefined && { peerAttribute: key }), isMessage: false },
      calls: spans.length * WEIGHT,
      errors: spans.filter(({ statusCode }) => statusCode === 'ERROR').length * WEIGHT,
      p50: durations[Math.floor(durations.length * 0.5)] ?? 0,
      p95: durations[Math.floor(durations.length * 0.95)] ?? 0,
    };
  });
  return { edges: edges.sort((a, b) => b.calls - a.calls).slice(0, ask.limit), total: edges.length, sampling: 1 };
}
