import { useMemo, useState } from 'react';
import type { TraceTree } from '../trace-tree.ts';
import { findRepeats, type Repeat } from './repeats.ts';

/** The collapsed spans and groups of a trace. */
export interface Folding {
  readonly folded: ReadonlySet<number>;
  readonly repeats: ReadonlyMap<number, Repeat>;
  /** The repeated siblings that are one row. */
  readonly groups: ReadonlyMap<number, Repeat>;
  readonly fold: (indexes: readonly number[]) => void;
  readonly openGroups: (indexes: readonly number[], open?: boolean) => void;
}

/**
 * Returns the collapsed spans and groups. They are stored by outline position, because indexes change as spans arrive.
 * Repeated siblings are collapsed at first.
 */
export function useFolding(tree: TraceTree): Folding {
  const [positions, setPositions] = useState<readonly number[]>([]);
  const [opened, setOpened] = useState<readonly number[]>([]);
  const folded = useMemo(() => new Set(positions.map((position) => tree.indexes[position] ?? -1)), [tree, positions]);
  const repeats = useMemo(() => findRepeats(tree), [tree]);
  const groups = useMemo(() => {
    const open = new Set(opened.map((position) => tree.indexes[position] ?? -1));
    return new Map([...repeats].filter(([index]) => !open.has(index)));
  }, [tree, repeats, opened]);
  const positionsOf = (indexes: readonly number[]): readonly number[] =>
    indexes.map((index) => tree.positions[index] ?? -1);
  return {
    ...{ folded, repeats, groups },
    fold: (indexes) => setPositions(positionsOf(indexes)),
    openGroups(indexes, open = true) {
      const changed = positionsOf(indexes);
      setOpened((before) => [...before.filter((one) => !changed.includes(one)), ...(open ? changed : [])]);
    },
  };
}
