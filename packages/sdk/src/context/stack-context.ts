import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { bindFunction } from './bind-function.ts';

/**
 * The active context where nothing follows it through promises and timers: it is active until the function returns.
 * What runs later is bound, or given its context.
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

  /** A function that runs in the context; anything else as it is. */
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
