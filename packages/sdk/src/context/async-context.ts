import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { bindFunction } from './bind-function.ts';

type Listener = (this: unknown, ...args: unknown[]) => unknown;

/** Follows the active context through promises, timers and callbacks, by `AsyncLocalStorage`. */
export class AsyncContextManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  /** What listeners that are added from now on run in. */
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
    return this.#storage.run(context, () => fn.apply(thisArg, args));
  }

  /** A function that runs in the context, or the same emitter, whose later listeners do; anything else as it is. */
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

  /** `listener` on what is added in its place lets Node remove it by the function that the program knows. */
  #bindListeners(emitter: EventEmitter): void {
    const bound = (listener: Listener): Listener =>
      bindFunction(this, this.#emitters.get(emitter) ?? ROOT_CONTEXT, listener);
    for (const name of ['on', 'addListener', 'prependListener'] as const) {
      const add = emitter[name];
      emitter[name] = (event: string | symbol, listener: Listener) =>
        add.call(emitter, event, Object.assign(bound(listener), { listener }));
    }
    // Node's own would add its wrapper by `on`, and what is wrapped twice is not found when it is removed.
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
