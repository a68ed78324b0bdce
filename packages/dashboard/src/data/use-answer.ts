import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { getJson, type Params, RequestFailure } from './client.ts';

/** What a pane knows of its question. */
export interface Answer<Data> {
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
export function useAnswer<Data>({
  path,
  params = {},
  tick,
  enabled = true,
  staleMillis = Number.POSITIVE_INFINITY,
  refetchMillis,
  keep = true,
}: Question): Answer<Data> {
  const query = useQuery({
    queryKey: [path, params, tick],
    queryFn: ({ signal }) => getJson<Data>(path, params, signal),
    enabled,
    staleTime: staleMillis,
    gcTime: tick === undefined ? 120_000 : 10_000,
    refetchInterval: refetchMillis ?? false,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
  const last = useRef<Data | undefined>(undefined);
  if (query.data !== undefined) last.current = query.data as Data;
  const error = query.error === null ? undefined : asFailure(query.error, path);
  const outOfReach = error?.code === 'unreachable';
  const data = (query.data as Data | undefined) ?? (keep && outOfReach ? last.current : undefined);
  return {
    data,
    failure: outOfReach && data !== undefined ? undefined : error,
    loading: data === undefined && error === undefined && enabled,
    retry: () => void query.refetch(),
  };
}

function asFailure(error: unknown, path: string): RequestFailure {
  if (error instanceof RequestFailure) return error;
  return new RequestFailure('internal', error instanceof Error ? error.message : String(error), 0, path);
}
