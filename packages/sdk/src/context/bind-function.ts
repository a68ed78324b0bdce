import type { Context, ContextManager } from '@opentelemetry/api';

/** Returns a function that runs `target` in the context. Values other than functions are returned unchanged. */
export function bindFunction<T>(manager: ContextManager, context: Context, target: T): T {
  if (typeof target !== 'function') return target;
  const fn = target as (...args: unknown[]) => unknown;
  const bound = function (this: unknown, ...args: unknown[]): unknown {
    return manager.with(context, fn, this, ...args);
  };
  // Some programs check a callback's number of parameters.
  Object.defineProperty(bound, 'length', { configurable: true, value: fn.length });
  return bound as T;
}
