import type { LogPatternsResponse } from '@otelier/query';
import { RecordGroups } from '../../query/src/log-patterns/group-records.ts';
import { patternJson } from '../../query/src/log-patterns/pattern-json.ts';
import { selects } from '../../query/src/log-patterns/separate-patterns.ts';
import { matchingLogs } from './logs-api.ts';
import type { Shop, ShopLog } from './shop.ts';
import type { RequestParams } from './spans-api.ts';

/** Returns the patterns of the matching records, as the API does. */
export function logPatterns(shop: Shop, ask: RequestParams): LogPatternsResponse {
  const groups = new RecordGroups(ask.steps);
  const found = matchingLogs(shop, ask).sort((a, b) => b.timeMillis - a.timeMillis);
  const stepMillis = (ask.end - ask.start) / ask.steps;
  for (const log of found) groups.add(rowOf(log), Math.floor((log.timeMillis - ask.start) / stepMillis), 1);
  const offset = Number(ask.params.get('compare') ?? 0);
  const earlier =
    offset === 0 ? undefined : matchingLogs(shop, { ...ask, start: ask.start - offset, end: ask.end - offset });
  for (const log of earlier ?? []) groups.addBefore(rowOf(log), 1);
  const like = ask.params.get('body');
  const all = groups.patterns();
  const patterns = like === null ? all : all.filter(({ selection }) => selects(selection, like));
  return {
    timesMillis: Array.from({ length: ask.steps }, (_, step) => ask.start + step * stepMillis),
    stepMillis,
    patterns: patterns.slice(0, ask.limit).map(patternJson),
    patternCount: patterns.length,
    total: found.length,
    read: found.length,
    before: earlier?.length,
  };
}

function rowOf({ timeNanos, traceId, spanId, eventName, ...log }: ShopLog): Parameters<RecordGroups['add']>[0] {
  return {
    ...{ cursor: log.cursor, severityNumber: log.severityNumber, severityText: log.severityText, body: log.body },
    ...{ service: log.service, scopeName: log.scopeName, attributes: {}, resourceAttributes: {} },
    time: BigInt(timeNanos),
    observedTime: undefined,
    traceId: traceId ?? undefined,
    spanId: spanId ?? undefined,
    eventName: eventName ?? undefined,
  };
}
