import type { Context, ContextManager } from '@opentelemetry/api';

/** A function that runs `target` in the context; what is no function is returned as it is. */
export function bindFunction<T>(manager: ContextManager, context: Context, target: T): T {
  if (typeof target !== 'function') return target;
  const fn = target as (...args: unknown[]) => unknown;
  const bound = function (this: unknown, ...args: unknown[]): unknown {
    return manager.with(context, fn, this, ...args);
  };
  // Some programs ask how many arguments a callback takes.
  Object.defineProperty(bound, 'length', { configurable: true, value: fn.length });
  return bound as T;
}
