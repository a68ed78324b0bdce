import type { LogRecord, LogsResponse } from '@otelier/query';
import { attributeField, writeCondition } from '../../../data/conditions.ts';
import { recordKey } from '../../../data/record-key.ts';
import type { PageSearch } from '../../../data/search.ts';
import { type QueryState, useApiQuery } from '../../../data/use-api-query.ts';
import { millisOf } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';

/** What the records around a record have in common with it. */
export interface ContextScope {
  readonly id: 'service' | 'instance' | 'trace';
  readonly label: string;
  readonly filter: Pick<PageSearch, 'where' | 'trace'>;
}

/** Attributes that name the process or place that wrote a record, the most specific first. */
const INSTANCE = ['k8s.pod.name', 'service.instance.id', 'container.id', 'host.name'] as const;

/** Returns the scopes in which a record has others around it. */
export function scopesOf(record: LogRecord): readonly ContextScope[] {
  const key = INSTANCE.find((one) => Object.hasOwn(record.resourceAttributes, one));
  const value = key === undefined ? undefined : record.resourceAttributes[key];
  const { traceId } = record;
  return [
    { id: 'service', label: t('Service'), filter: { where: [writeCondition('service', '=', record.service)] } },
    ...(key === undefined || value === undefined
      ? []
      : [
          {
            id: 'instance' as const,
            label: key === 'k8s.pod.name' ? t('Pod') : key === 'host.name' ? t('Host') : t('Instance'),
            filter: { where: [writeCondition(attributeField(key, 'resource'), '=', value)] },
          },
        ]),
    ...(traceId === undefined || traceId === null || traceId === ''
      ? []
      : [{ id: 'trace' as const, label: t('Trace'), filter: { trace: traceId } }]),
  ];
}

/** How far from a record others are searched, in milliseconds. */
const REACH_MILLIS = 3_600_000;
/** The API's times are in microseconds. */
const MICRO = 0.001;

/** The records around one, oldest first. */
export interface LogSurroundings {
  readonly before: readonly LogRecord[];
  readonly after: readonly LogRecord[];
  /** Whether there are more within an hour. */
  readonly hasMoreBefore: boolean;
  readonly hasMoreAfter: boolean;
}

/** Queries the records before and after a record in a scope. */
export function useContext(
  record: LogRecord,
  { filter }: ContextScope,
  countBefore: number,
  countAfter: number,
): QueryState<LogSurroundings> {
  const millis = Math.floor(millisOf(record.timeNanos) * 1000) / 1000;
  const params = { where: filter.where, trace_id: filter.trace };
  const before = useApiQuery<LogsResponse>({
    path: '/logs',
    params: { ...params, start: millis - REACH_MILLIS, end: millis + MICRO, order: 'newest', limit: countBefore + 2 },
    keep: true,
  });
  const after = useApiQuery<LogsResponse>({
    path: '/logs',
    params: { ...params, start: millis, end: millis + REACH_MILLIS, order: 'oldest', limit: countAfter + 2 },
    keep: true,
  });
  const failing = before.failure === undefined ? after : before;
  const isLoaded = before.data !== undefined && after.data !== undefined;
  return {
    data: isLoaded ? surroundings(record, before.data.logs, after.data.logs, countBefore, countAfter) : undefined,
    failure: failing.failure,
    loading: before.loading || after.loading,
    retry() {
      before.retry();
      after.retry();
    },
  };
}

/** Splits the records at the one between them. Those of the same microsecond are in both lists. */
function surroundings(
  record: LogRecord,
  newestFirst: readonly LogRecord[],
  oldestFirst: readonly LogRecord[],
  countBefore: number,
  countAfter: number,
): LogSurroundings {
  const key = recordKey(record);
  const others = newestFirst.filter((one) => recordKey(one) !== key);
  const known = new Set(others.map(recordKey));
  const later = oldestFirst.filter((one) => recordKey(one) !== key && !known.has(recordKey(one)));
  return {
    before: others.slice(0, countBefore).reverse(),
    after: later.slice(0, countAfter),
    hasMoreBefore: others.length > countBefore,
    hasMoreAfter: later.length > countAfter,
  };
}
