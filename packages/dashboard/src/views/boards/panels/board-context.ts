import { createContext, useContext, useMemo } from 'react';
import type { Language } from '../../../query/languages.ts';
import type { Variables } from '../../../query/macros.ts';
import { type ChosenVariable, variablesFor } from '../variables/chosen.ts';

/** What all panels of a board share. */
export interface BoardContext {
  readonly variables: readonly ChosenVariable[];
  /** Whether the values of variables are known. */
  readonly ready: boolean;
  /** How far back the period is with which panels compare, or 0. */
  readonly shiftMillis: number;
}

export const BoardContextValue = createContext<BoardContext>({ variables: [], ready: true, shiftMillis: 0 });

export function useBoardContext(): BoardContext {
  return useContext(BoardContextValue);
}

/** Returns the values of variables in queries of a language. */
export function useQueryVariables(language: Language): Variables {
  const { variables } = useBoardContext();
  return useMemo(() => variablesFor(variables, language), [variables, language]);
}
