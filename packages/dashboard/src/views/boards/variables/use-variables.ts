import type { FacetsResponse } from '@otelier/query';
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { getJson } from '../../../data/client.ts';
import { expandMacros, type Variables } from '../../../query/macros.ts';
import { queryWindow } from '../../../query/query-grid.ts';
import { addressWith, sendQuery } from '../../../query/send-query.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import type { BoardVariable } from '../model/board.ts';
import { type ChosenVariable, chosenOf, variablesFor } from './chosen.ts';

const MAX_VALUES = 1000;
const MINUTE = 60_000;
/** A repeated group with a repetition in it. */
const NESTED_REPETITION = /[+*}][^()]*\)\s*[+*{]/;

/** The variables of a board. */
export interface VariablesState {
  readonly variables: readonly ChosenVariable[];
  /** Whether the values of all variables are known, so that panels can run. */
  readonly ready: boolean;
  readonly failures: readonly string[];
}

/** Reads the values of variables from the store. A variable can depend on those before it. */
export function useVariables(
  variables: readonly BoardVariable[],
  asked: ReadonlyMap<string, readonly string[]>,
): VariablesState {
  const client = useQueryClient();
  const { startMillis, endMillis } = usePageWindow();
  const range = {
    startMillis: Math.floor(startMillis / MINUTE) * MINUTE,
    endMillis: Math.ceil(endMillis / MINUTE) * MINUTE,
  };
  const resolved: ChosenVariable[] = [];
  const requests = variables.map((variable) => {
    const values = variablesFor(resolved, 'promql');
    const request = requestOf(variable, values, range);
    const options = optionsOf(variable, client.getQueryData<readonly string[]>(request.queryKey));
    resolved.push({ variable, options, chosen: chosenOf(variable, options, asked.get(variable.name)) });
    return request;
  });
  const results = useQueries({ queries: requests });
  return {
    variables: resolved,
    ready: results.every(({ isPending, fetchStatus }) => !isPending || fetchStatus === 'idle'),
    failures: results.flatMap(({ error }, at) => (error === null ? [] : [`${variables[at]?.label}: ${error.message}`])),
  };
}

function requestOf(variable: BoardVariable, values: Variables, range: Parameters<typeof readValues>[2]) {
  const { source } = variable;
  const match =
    (source.from === 'metrics' || source.from === 'logs') && source.match !== undefined
      ? expandMacros(source.match, queryWindow(range), values).text
      : undefined;
  return {
    queryKey: ['variable', source, match, range.startMillis, range.endMillis],
    queryFn: ({ signal }: { readonly signal: AbortSignal }) => readValues(source, match, range, signal),
    enabled: source.from !== 'list' && source.from !== 'text',
    staleTime: MINUTE,
    structuralSharing: false,
  };
}

async function readValues(
  source: BoardVariable['source'],
  match: string | undefined,
  { startMillis, endMillis }: { readonly startMillis: number; readonly endMillis: number },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const range = { start: startMillis / 1000, end: endMillis / 1000 };
  switch (source.from) {
    case 'metrics':
    case 'logs': {
      const isMetrics = source.from === 'metrics';
      const api = isMetrics ? '/prometheus/api/v1' : '/loki/api/v1';
      const filter = match === undefined || match === '' ? {} : { [isMetrics ? 'match[]' : 'query']: match };
      const address = addressWith(`${api}/label/${encodeURIComponent(source.label)}/values`, { ...range, ...filter });
      const { data = [] } = (await (await sendQuery(address, signal)).json()) as { readonly data?: readonly string[] };
      return data;
    }
    case 'spans': {
      const params = { start: startMillis, end: endMillis, field: source.label, limit: 100 };
      const { facets } = await getJson<FacetsResponse>('/attributes/values', params, signal);
      return (facets[0]?.values ?? []).map(({ value }) => value);
    }
    default:
      return [];
  }
}

/** Returns the values to choose from, as the pattern of the variable selects them. */
function optionsOf(
  { source, pattern }: BoardVariable,
  values: readonly string[] | undefined,
): readonly string[] | undefined {
  if (source.from === 'list') return source.values;
  if (source.from === 'text') return [];
  if (values === undefined || pattern === undefined || pattern === '') return values?.slice(0, MAX_VALUES);
  // A board can come from anyone, and such an expression can take hours.
  if (NESTED_REPETITION.test(pattern)) return values.slice(0, MAX_VALUES);
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    return values.slice(0, MAX_VALUES);
  }
  const found = values.flatMap((value) => {
    const match = expression.exec(value);
    return match === null ? [] : [match.groups?.['value'] ?? match[1] ?? match[0]];
  });
  return [...new Set(found)].slice(0, MAX_VALUES);
}
