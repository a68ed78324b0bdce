import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { bindFunction } from './bind-function.ts';

/**
 * Manages the active context in runtimes that cannot track it across promises and timers: a context is active until the
 * function returns. Use `bind` for callbacks that run later.
 */
export class StackContextManager implements ContextManager {
  #active = ROOT_CONTEXT;

  active(): Context {
    return this.#active;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.#active;
    this.#active = context;
    try {
      return fn.apply(thisArg, args);
    } finally {
      this.#active = before;
    }
  }

  /** Returns a function that runs in the context. Other values are returned unchanged. */
  bind<T>(context: Context, target: T): T {
    return bindFunction(this, context, target);
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#active = ROOT_CONTEXT;
    return this;
  }
}
