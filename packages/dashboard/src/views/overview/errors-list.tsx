import type { ErrorsResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { SparkBars } from '../../charts/spark/spark.tsx';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { useStatus } from '../../data/use-status.ts';
import { formatCount, plural } from '../../format/number.ts';
import { formatAgo, formatMinute, millisOf } from '../../format/time.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { usePageWindow } from '../../time/page-window.tsx';
import { errorKey, useErrors, useErrorsBefore } from './use-overview.ts';

type ErrorGroup = ErrorsResponse['errors'][number];

/** Errors grouped by kind. Kinds that did not occur in the previous 24 hours are listed first. */
export function ErrorsList({ service }: { readonly service: string | undefined }): ReactNode {
  const result = useErrors(service);
  const known = useErrorsBefore();
  const oldest = useStatus().data?.store?.oldestNanos;
  const time = timeOf(usePageSearch());
  const { startMillis, nowMillis } = usePageWindow();
  const groups = useMemo(() => {
    // If there is little data before the range, new and known errors cannot be distinguished.
    const past = oldest === undefined || oldest === null ? 0 : startMillis - millisOf(oldest);
    const isNew = (error: ErrorGroup): boolean =>
      known !== undefined &&
      past > (nowMillis - startMillis) / 2 &&
      !known.has(errorKey(error)) &&
      millisOf(error.firstSeenNanos) > startMillis + (nowMillis - startMillis) * 0.1;
    return (result.data?.errors ?? [])
      .map((error) => ({ error, fresh: isNew(error) }))
      .sort((a, b) => Number(b.fresh) - Number(a.fresh) || b.error.count - a.error.count);
  }, [result.data, known, oldest, startMillis, nowMillis]);
  const freshOnes = groups.filter(({ fresh }) => fresh).length;
  return (
    <Pane
      title="Recent errors"
      note={
        result.data === undefined
          ? undefined
          : `${plural(groups.length, 'kind')}${freshOnes > 0 ? ', new ones first' : ''}`
      }
      actions={
        <Link
          className="push s12 nowrap"
          to="/traces"
          search={{ ...time, where: [...(service === undefined ? [] : [`service = ${service}`]), 'status = error'] }}
        >
          Open in Traces
        </Link>
      }
    >
      <ul className="scroll">
        <QueryResult result={result} loading={<LoadingRows height={67} rows={6} />}>
          {() =>
            groups.length === 0 ? (
              <EmptyState tight title="No errors in this range" />
            ) : (
              groups.map(({ error, fresh }) => (
                <li key={errorKey(error)}>
                  <Link
                    className="ov-error"
                    to="/traces"
                    search={{
                      ...time,
                      where: [`service = ${error.service}`, `name = ${error.spanName}`, 'status = error'],
                      trace: error.sampleTraceId,
                    }}
                  >
                    <span className="mono cut">{error.type}</span>
                    <SparkBars values={error.steps} color="var(--error-fill)" width={72} />
                    <span className="num s12 strong">{formatCount(error.count)}</span>
                    <span className="m s12 t2 cut">{error.message}</span>
                    <span className="meta">
                      <ServiceMark service={error.service} />
                      <span className="t2">{error.service}</span>
                      <span className="mono cut">{error.spanName}</span>
                      {fresh && (
                        <span className="tag warn">new since {formatMinute(millisOf(error.firstSeenNanos))}</span>
                      )}
                      <span className="push nowrap">{formatAgo(millisOf(error.lastSeenNanos), nowMillis)}</span>
                    </span>
                  </Link>
                </li>
              ))
            )
          }
        </QueryResult>
      </ul>
    </Pane>
  );
}
