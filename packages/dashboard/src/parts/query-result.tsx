import type { ReactNode } from 'react';
import type { QueryState } from '../data/use-api-query.ts';
import { Failure } from './failure.tsx';
import { LoadingRows } from './loading.tsx';

/** The state of a query in a pane: placeholders while loading, the error, or the data. */
export function QueryResult<Data>({
  result,
  children,
  loading,
  tight = false,
}: {
  readonly result: QueryState<Data>;
  readonly children: (data: Data) => ReactNode;
  readonly loading?: ReactNode;
  readonly tight?: boolean;
}): ReactNode {
  if (result.failure !== undefined) return <Failure failure={result.failure} retry={result.retry} tight={tight} />;
  if (result.data === undefined) return loading ?? <LoadingRows />;
  return children(result.data);
}
