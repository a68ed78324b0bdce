import { type ReactNode, useMemo } from 'react';
import type { ShownPanel } from '../model/repeats.ts';
import { BoardContextValue, useBoardContext } from './board-context.ts';

/** Gives a repeated panel the values of its variables. */
export function Scoped({
  scope,
  children,
}: {
  readonly scope: ShownPanel['scope'];
  readonly children: ReactNode;
}): ReactNode {
  const context = useBoardContext();
  const key = JSON.stringify(scope);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the scope, which is new on every render
  const own = useMemo(
    () => ({
      ...context,
      variables: context.variables.map((one) => {
        const value = scope?.[one.variable.name];
        return value === undefined ? one : { ...one, chosen: [value] };
      }),
    }),
    [context, key],
  );
  return scope === undefined ? children : <BoardContextValue value={own}>{children}</BoardContextValue>;
}
