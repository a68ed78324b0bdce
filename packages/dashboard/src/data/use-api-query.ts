import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { getJson, getLines, type Params, RequestFailure } from './client.ts';

/** The state of an API query. */
export interface QueryState<Data> {
  /** The latest response; kept during a refetch and while the gateway is unreachable. */
  readonly data: Data | undefined;
  /** Why there is no newer response, unless the gateway is only unreachable and an older response is shown. */
  readonly failure: RequestFailure | undefined;
  readonly loading: boolean;
  readonly retry: () => void;
}

/** The options of an API query. */
export interface Question {
  readonly path: string;
  readonly params?: Params;
  /** Part of the key that is not sent: the tick of a live view. */
  readonly tick?: number;
  readonly enabled?: boolean;
  /** How long a response is fresh. */
  readonly staleMillis?: number;
  readonly refetchMillis?: number;
  /** Whether to show the previous data while another query loads; not where it could be mistaken for the new data. */
  readonly keep?: boolean;
}

/** Reads a response of lines. May publish what has arrived before it returns all. */
export type ReadLines<Data> = (lines: AsyncIterable<string>, publish: (data: Data) => void) => Promise<Data>;

/** Queries the API and shows the previous data until newer data arrives. */
export function useApiQuery<Data>({
  path,
  params = {},
  tick,
  enabled = true,
  staleMillis = Number.POSITIVE_INFINITY,
  refetchMillis,
  keep = true,
  readLines,
}: Question & { readonly readLines?: ReadLines<Data> }): QueryState<Data> {
  const client = useQueryClient();
  // A query that failed permanently fails again, so live ticks do not repeat it.
  const question = JSON.stringify([path, params], (key, value) =>
    key === 'start' || key === 'end' ? undefined : value,
  );
  const failed = useRef<Failed | undefined>(undefined);
  if (failed.current?.question !== question) failed.current = undefined;
  const resting = failed.current !== undefined && isResting(failed.current, tick);
  const query = useQuery({
    queryKey: [path, params, tick],
    queryFn: ({ signal, queryKey }) =>
      readLines === undefined
        ? getJson<Data>(path, params, signal)
        : readLines(getLines(path, params, signal), (data) => void client.setQueryData(queryKey, data)),
    // Comparing every value of a large response with that of the previous one is expensive.
    structuralSharing: readLines === undefined,
    enabled: enabled && !resting,
    staleTime: staleMillis,
    gcTime: tick === undefined ? 120_000 : 10_000,
    refetchInterval: refetchMillis ?? false,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
  const last = useRef<Data | undefined>(undefined);
  if (query.data !== undefined) last.current = query.data as Data;
  if (query.error !== null) {
    const failure = asFailure(query.error, path);
    if (failed.current?.failure !== failure) failed.current = { question, failure, tick: tick ?? 0 };
  } else if (query.isSuccess && !query.isPlaceholderData) failed.current = undefined;
  // Shows the failure until there is a response.
  const error = failed.current?.failure;
  const outOfReach = error !== undefined && OUT_OF_REACH.has(error.code);
  const data = (query.data as Data | undefined) ?? (keep && outOfReach ? last.current : undefined);
  return {
    data,
    failure: outOfReach && data !== undefined ? undefined : error,
    loading: data === undefined && error === undefined && enabled,
    retry: () => {
      failed.current = undefined;
      void query.refetch();
    },
  };
}

interface Failed {
  readonly question: string;
  readonly failure: RequestFailure;
  readonly tick: number;
}

/** Errors of the gateway rather than of the query: it stops, starts or is unreachable. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(['unreachable', 'unavailable']);
const REST_MILLIS = 30_000;

/** Whether a retry is useless or too early. */
function isResting({ failure, tick }: Failed, now = 0): boolean {
  if (OUT_OF_REACH.has(failure.code)) return false;
  return (failure.status >= 400 && failure.status < 500) || now - tick < REST_MILLIS;
}

function asFailure(error: unknown, path: string): RequestFailure {
  if (error instanceof RequestFailure) return error;
  return new RequestFailure('internal', error instanceof Error ? error.message : String(error), 0, path);
}
