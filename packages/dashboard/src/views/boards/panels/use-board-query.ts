import { type QueryState, useApiQuery } from '../../../data/use-api-query.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import { expandWhere } from '../variables/chosen.ts';
import { useBoardContext } from './board-context.ts';

/** Parameters of a query besides the range and the number of steps. */
export interface BoardQuery {
  readonly where: readonly string[];
  readonly text?: string | undefined;
  readonly group_by?: string;
}

/** Queries the store over the range of the page. */
export function useBoardQuery<Data>(path: string, query: BoardQuery): QueryState<Data> {
  return useShifted<Data>(path, query, 0);
}

/** Queries the store over the period with which the board compares, if there is one. */
export function useEarlierQuery<Data>(path: string, query: BoardQuery): Data | undefined {
  const { shiftMillis } = useBoardContext();
  const { data } = useShifted<Data>(path, query, shiftMillis, shiftMillis > 0);
  return shiftMillis > 0 ? data : undefined;
}

function useShifted<Data>(
  path: string,
  { where, ...more }: BoardQuery,
  shiftMillis: number,
  enabled = true,
): QueryState<Data> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const { variables, ready } = useBoardContext();
  return useApiQuery<Data>({
    path,
    params: {
      start: startMillis - shiftMillis,
      end: endMillis - shiftMillis,
      steps: 60,
      where: expandWhere(where, variables),
      ...more,
    },
    tick: nowMillis,
    enabled: ready && enabled,
    batch: true,
  });
}
