import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { bindFunction } from './bind-function.ts';

type Listener = (this: unknown, ...args: unknown[]) => unknown;

/** Tracks the active context across promises, timers and callbacks using `AsyncLocalStorage`. */
export class AsyncContextManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  /** The context in which listeners added to each emitter from now on will run. */
  readonly #emitters = new WeakMap<EventEmitter, Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    // Without a closure for the usual call.
    return thisArg === undefined
      ? this.#storage.run(context, fn, ...args)
      : this.#storage.run(context, () => fn.apply(thisArg, args));
  }

  /**
   * Returns a function that runs in the context. If the target is an emitter, binds listeners that are added later.
   * Other values are returned unchanged.
   */
  bind<T>(context: Context, target: T): T {
    if (target instanceof EventEmitter) {
      const isBound = this.#emitters.has(target);
      this.#emitters.set(target, context);
      if (!isBound) this.#bindListeners(target);
      return target;
    }
    return bindFunction(this, context, target);
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }

  /** Binds listeners. The `listener` property lets Node remove a wrapper when given the original function. */
  #bindListeners(emitter: EventEmitter): void {
    const bound = (listener: Listener): Listener =>
      bindFunction(this, this.#emitters.get(emitter) ?? ROOT_CONTEXT, listener);
    for (const name of ['on', 'addListener', 'prependListener'] as const) {
      const add = emitter[name];
      emitter[name] = (event: string | symbol, listener: Listener) =>
        add.call(emitter, event, Object.assign(bound(listener), { listener }));
    }
    // Node's own methods would call `on` and add another wrapper, and a listener wrapped twice cannot be removed.
    for (const [name, addName] of [
      ['once', 'addListener'],
      ['prependOnceListener', 'prependListener'],
    ] as const) {
      const add: EventEmitter['on'] = EventEmitter.prototype[addName];
      emitter[name] = (event: string | symbol, listener: Listener) => {
        const inContext = bound(listener);
        const once = Object.assign(
          (...args: unknown[]) => {
            emitter.removeListener(event, once);
            return inContext.apply(emitter, args);
          },
          { listener },
        );
        return add.call(emitter, event, once);
      };
    }
  }
}
