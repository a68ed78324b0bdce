import type { CallFrame } from './stacks.ts';

/** A stack, and the time or memory that its innermost function used. */
export interface StackValue {
  /** Innermost function first. */
  readonly stack: readonly CallFrame[];
  readonly value: number;
}

/** A function in a flame graph, with what it called. */
export interface Flame {
  /** The function; none for a group of stacks, such as a thread. */
  readonly frame: CallFrame | undefined;
  readonly label: string;
  /** What its own time or memory is attributed to; empty for a group. */
  readonly owner: string;
  /** Time or memory of the function and what it called. */
  value: number;
  readonly children: Map<string, Flame>;
}

/** Creates a group of stacks. */
export function createGroup(label: string, owner = ''): Flame {
  return { frame: undefined, label, owner, value: 0, children: new Map() };
}

/** Adds a stack below a group. */
export function addStack(
  group: Flame,
  { stack, value }: StackValue,
  classify: (stack: readonly CallFrame[]) => { readonly key: string },
): void {
  group.value += value;
  let flame = group;
  for (let index = stack.length - 1; index >= 0; index--) {
    const frame = stack[index];
    if (frame === undefined) continue;
    flame = childOf(flame, keyOf(frame), () => ({
      frame,
      label: frame.functionName || '(anonymous)',
      owner: classify(stack.slice(index)).key,
      value: 0,
      children: new Map(),
    }));
    flame.value += value;
  }
}

/** Returns the child with a key, which is created if it is missing. */
export function childOf(flame: Flame, key: string, create: () => Flame): Flame {
  const known = flame.children.get(key);
  if (known !== undefined) return known;
  const child = create();
  flame.children.set(key, child);
  return child;
}

function keyOf({ functionName, url, lineNumber, columnNumber }: CallFrame): string {
  return `${functionName} ${url}:${lineNumber}:${columnNumber}`;
}
