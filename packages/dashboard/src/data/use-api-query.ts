import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { getJson, type Params, RequestFailure } from './client.ts';

/** What a pane knows of its question. */
export interface QueryState<Data> {
  /** The newest answer, which stays while the next is under way and while the gateway is out of reach. */
  readonly data: Data | undefined;
  /** Why there is no newer answer, unless the gateway is merely out of reach and an older answer is shown. */
  readonly failure: RequestFailure | undefined;
  readonly loading: boolean;
  readonly retry: () => void;
}

/** How a question is asked. */
export interface Question {
  readonly path: string;
  readonly params?: Params;
  /** Part of the key that is not sent: the tick of a live view. */
  readonly tick?: number;
  readonly enabled?: boolean;
  /** How long an answer counts as fresh. */
  readonly staleMillis?: number;
  readonly refetchMillis?: number;
  /** Whether the old picture stays while another question is under way; not where it would be mistaken for the new one. */
  readonly keep?: boolean;
}

/** Asks the gateway and keeps the picture: what was shown stays until something newer is there. */
export function useApiQuery<Data>({
  path,
  params = {},
  tick,
  enabled = true,
  staleMillis = Number.POSITIVE_INFINITY,
  refetchMillis,
  keep = true,
}: Question): QueryState<Data> {
  // The same question at another time of a live view: what failed once fails again, so it is not asked with every tick.
  const question = JSON.stringify([path, params], (key, value) =>
    key === 'start' || key === 'end' ? undefined : value,
  );
  const failed = useRef<Failed | undefined>(undefined);
  if (failed.current?.question !== question) failed.current = undefined;
  const resting = failed.current !== undefined && isResting(failed.current, tick);
  const query = useQuery({
    queryKey: [path, params, tick],
    queryFn: ({ signal }) => getJson<Data>(path, params, signal),
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
  // Until there is an answer the failure stays, as a picture does.
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

/** Failures of the gateway rather than of the question: it stops, starts, or cannot be reached. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(['unreachable', 'unavailable']);
const REST_MILLIS = 30_000;

/** Whether asking again is useless, or too early to be of use. */
function isResting({ failure, tick }: Failed, now = 0): boolean {
  if (OUT_OF_REACH.has(failure.code)) return false;
  return (failure.status >= 400 && failure.status < 500) || now - tick < REST_MILLIS;
}

function asFailure(error: unknown, path: string): RequestFailure {
  if (error instanceof RequestFailure) return error;
  return new RequestFailure('internal', error instanceof Error ? error.message : String(error), 0, path);
}
