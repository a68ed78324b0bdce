import { filterDataPoints, filterLogs, filterSpans } from '../function-processor.ts';
import type { Runner } from '../kinds/runner.ts';
import type { FunctionDescription } from '../protocol.ts';

/** The functions whose predicates can be compiled, by name. */
const CREATORS = { filterSpans, filterLogs, filterDataPoints } as const;

/** Compiles the functions of a module that need no thread of their own, by name. */
export function compileInline(functions: ReadonlyMap<string, FunctionDescription>): Map<string, Runner> {
  const runners = new Map<string, Runner>();
  for (const [name, { creator, predicate }] of functions) {
    const runner = predicate === undefined ? undefined : compile(creator, predicate);
    if (runner !== undefined) runners.set(name, runner);
  }
  return runners;
}

function compile(creator: string, source: string): Runner | undefined {
  const create = Object.hasOwn(CREATORS, creator) ? CREATORS[creator as keyof typeof CREATORS] : undefined;
  if (create === undefined) return undefined;
  try {
    // The source consists only of what `predicateSource` recognizes. Unlike a module, such a function can be collected.
    const predicate: unknown = new Function(`'use strict'; return (${source});`)();
    return create(predicate as () => boolean).createRunner(String);
  } catch {
    // The process does not allow code from text: the function runs in its thread.
    return undefined;
  }
}
