import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { getBatched } from './batch/get-batched.ts';
import { getJson, getLines, type Params, RequestFailure } from './client.ts';
import { countFailure, type FailedQuery, isOutOfReach, isPaused, isPermanent, pauseMillis } from './failure-pause.ts';
import { useConnection } from './pipeline/pipeline-stream.ts';

/** The state of an API query. */
export interface QueryState<Data> {
  /** The latest response. Retained during a refetch and while the gateway is unreachable. */
  readonly data: Data | undefined;
  /** Why there is no newer response. Absent if the gateway is merely unreachable and an older response is shown. */
  readonly failure: RequestFailure | undefined;
  readonly loading: boolean;
  readonly retry: () => void;
}

/** Options for an API query. */
export interface ApiQuery {
  readonly path: string;
  readonly params?: Params;
  /** A part of the query key that is not sent, such as the tick of a live view. */
  readonly tick?: number;
  readonly enabled?: boolean;
  /** Whether to send the query in a single request with others made in the same turn. */
  readonly batch?: boolean;
  /** How long a response is fresh. */
  readonly staleMillis?: number;
  readonly refetchMillis?: number;
  /**
   * Whether to show the previous data while another query loads. Do not set it where the previous data could be
   * mistaken for the new.
   */
  readonly keep?: boolean;
}

/** Reads a line-based response. It may publish the data that has arrived before returning all of it. */
export type ReadLines<Data> = (lines: AsyncIterable<string>, publish: (data: Data) => void) => Promise<Data>;

/** Queries the API, showing the previous data until newer data arrives. */
export function useApiQuery<Data>({
  path,
  params = {},
  tick,
  enabled = true,
  staleMillis = Number.POSITIVE_INFINITY,
  refetchMillis,
  keep = true,
  batch = false,
  readLines,
}: ApiQuery & { readonly readLines?: ReadLines<Data> }): QueryState<Data> {
  const client = useQueryClient();
  const question = JSON.stringify([path, params], (key, value) =>
    key === 'start' || key === 'end' ? undefined : value,
  );
  const failed = useRef<FailedQuery | undefined>(undefined);
  if (failed.current?.question !== question) failed.current = undefined;
  // A query with an interval is slowed down instead, because nothing would rerender it after the pause.
  const paused =
    refetchMillis === undefined && failed.current !== undefined && isPaused(failed.current, performance.now());
  const query = useQuery({
    queryKey: [path, params, tick],
    queryFn: ({ signal, queryKey }) =>
      readLines === undefined
        ? (batch ? getBatched : getJson)<Data>(path, params, signal)
        : readLines(getLines(path, params, signal), (data) => void client.setQueryData(queryKey, data)),
    // Comparing every value of a large response with the previous one is expensive.
    structuralSharing: readLines === undefined,
    enabled: enabled && !paused,
    staleTime: staleMillis,
    gcTime: tick === undefined ? 120_000 : 10_000,
    refetchInterval: () =>
      refetchMillis === undefined
        ? false
        : Math.max(refetchMillis, failed.current === undefined ? 0 : pauseMillis(failed.current)),
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
  const last = useRef<Data | undefined>(undefined);
  if (query.data !== undefined) last.current = query.data as Data;
  if (query.error !== null) {
    const failure = asFailure(query.error, path);
    if (failed.current?.failure !== failure)
      failed.current = countFailure(failed.current, question, failure, performance.now());
  } else if (query.isSuccess && !query.isPlaceholderData) failed.current = undefined;
  useRetryOnReconnect(failed, () => void query.refetch());
  // Shows the failure until there is a response.
  const error = failed.current?.failure;
  const isUnreachable = error !== undefined && isOutOfReach(error);
  const data = (query.data as Data | undefined) ?? (keep && isUnreachable ? last.current : undefined);
  return {
    data,
    failure: isUnreachable && data !== undefined ? undefined : error,
    loading: data === undefined && error === undefined && enabled,
    retry: () => {
      failed.current = undefined;
      void query.refetch();
    },
  };
}

/** Repeats a failed query once the gateway is reachable again. */
function useRetryOnReconnect(failed: { current: FailedQuery | undefined }, refetch: () => void): void {
  const isLost = useConnection().lostMillis !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs only when the connection changes
  useEffect(() => {
    if (isLost || failed.current === undefined || isPermanent(failed.current.failure)) return;
    failed.current = undefined;
    refetch();
  }, [isLost]);
}

function asFailure(error: unknown, path: string): RequestFailure {
  if (error instanceof RequestFailure) return error;
  return new RequestFailure('internal', error instanceof Error ? error.message : String(error), 0, path);
}
