import type { EventEmitter } from 'node:events';
import { ServerResponse } from 'node:http';
import { type Context, context } from '@opentelemetry/api';
import { ServerRequest } from './server-request.ts';

type Emit = (this: object, event: string | symbol, ...args: unknown[]) => boolean;

/** Wraps `emit`: Node emits the events of a request's streams in the context of the connection, which has no span. */
export function inContext(emit: Emit): Emit {
  return function (this: object, ...args) {
    const request = ServerRequest.of(this) ?? (this as Ignored)[IGNORED];
    if (
      request === undefined ||
      !hasListeners(this as EventEmitter, args[0]) ||
      context.active() !== request.connectionContext
    )
      return emit.apply(this, args);
    return context.with(request.context, emit as (...args: unknown[]) => boolean, this, ...args);
  };
}

/** Reports whether the program listens to an event. Most requests have only Node's own listener, which needs no context. */
function hasListeners(emitter: EventEmitter, event: string | symbol): boolean {
  return emitter.listenerCount(event) > (event === 'finish' && emitter instanceof ServerResponse ? 1 : 0);
}

/** Makes the active context that of the events of an ignored request, so that no spans are started in them. */
export function handleStreamsIn(connectionContext: Context, ...streams: readonly object[]): void {
  const contexts = { context: context.active(), connectionContext };
  for (const stream of streams) (stream as Ignored)[IGNORED] = contexts;
}

const IGNORED = Symbol('ignored request');

interface Ignored {
  [IGNORED]?: { readonly context: Context; readonly connectionContext: Context };
}
