import type { FlameSource } from '../../../charts/flame/flame-source.ts';
import { serviceToken } from '../../../data/service-colors.ts';
import { durationOf, isError, operationAt, peerOf, startOf, type TraceTree } from '../trace-tree.ts';

/** Returns the spans of a trace as boxes of a flame graph. */
export function spanFlames(tree: TraceTree): FlameSource {
  return {
    length: tree.length,
    end: tree.durationNanos,
    parent: (index) => tree.parents[index] ?? -1,
    endOf: (index) => tree.ends[index] ?? index + 1,
    inOrder: (position) => tree.indexes[position] ?? -1,
    start: (index) => startOf(tree, index),
    lasts: (index) => durationOf(tree, index),
    label: (index) => operationAt(tree, index)?.name ?? '',
    token: (index) =>
      peerOf(tree, index) === undefined ? serviceToken(operationAt(tree, index)?.service ?? '') : '--text-3',
    isError: (index) => isError(tree, index),
  };
}
