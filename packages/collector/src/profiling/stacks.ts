import type { CpuProfile } from '@otelier/query';

/** A function on a stack. */
export type CallFrame = CpuProfile['nodes'][number]['callFrame'];

/** A stack, and the time that its innermost function used. */
export interface StackTime {
  /** Innermost function first, without the root. */
  readonly stack: readonly CallFrame[];
  readonly count: number;
  readonly micros: number;
}

/** Returns the stacks of a profile with their CPU time, without the time in which the thread was idle. */
export function stackTimes({ nodes, samples = [], timeDeltas = [] }: CpuProfile): readonly StackTime[] {
  const totals = new Map<number, { count: number; micros: number }>();
  for (const [index, id] of samples.entries()) {
    const total = totals.get(id) ?? { count: 0, micros: 0 };
    total.count += 1;
    total.micros += Math.max(0, timeDeltas[index] ?? 0);
    totals.set(id, total);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  return [...totals].flatMap(([leaf, total]) => {
    if (byId.get(leaf)?.callFrame.functionName === '(idle)') return [];
    const stack: CallFrame[] = [];
    for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame !== undefined && frame.functionName !== '(root)') stack.push(frame);
    }
    return stack.length === 0 ? [] : [{ stack, ...total }];
  });
}
