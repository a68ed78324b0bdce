import type { Access } from '@otelier/identity';
import type { Batch } from '@otelier/otlp';
import type { TextSocket } from '@otelier/transport';
import type { LokiContext } from '../loki/api/context.ts';
import type { LokiTail } from '../loki/tail/tail.ts';
import type { ConnectionInfo } from './security.ts';

/** Dependencies of `createTailUpgrades`. */
export interface TailUpgradeOptions {
  /** Returns the access of the caller, or the response to a request that fails the access checks. */
  admit(request: Request, connection: ConnectionInfo): Access | Response;
  contextOf(request: Request, connection: ConnectionInfo, access: Access): LokiContext;
  /** Limits how many queries run at the same time. */
  run<T>(request: Request, connection: ConnectionInfo, query: () => Promise<T>): Promise<T>;
  readonly subscribe: (listener: (batch: Batch) => void) => () => void;
  readonly onError: (error: unknown, during: string) => void;
}

/** The requests for WebSockets, of which only the live tail of Loki's API is one. */
export interface TailUpgrades {
  upgrade(request: Request, connection: ConnectionInfo): Promise<((socket: TextSocket) => void) | Response>;
  close(): void;
}

/** Creates the handler of requests for WebSockets. It loads the tail with the first one. */
export function createTailUpgrades(options: TailUpgradeOptions): TailUpgrades {
  let tail: LokiTail | undefined;
  let isClosed = false;
  const open = async (request: Request, connection: ConnectionInfo) => {
    const access = options.admit(request, connection);
    if (access instanceof Response) return access;
    const { openTail, TAIL_PATH } = await import('../loki/tail/open.ts');
    const { pathname } = new URL(request.url);
    // Grafana appends `/loki` to the address of a data source, which may end in it.
    if (pathname.replace(/^\/loki(?=\/loki\/)/, '') !== TAIL_PATH)
      return new Response(`no WebSocket at ${pathname}\n`, { status: 404 });
    if (isClosed) return new Response('otelier is shutting down\n', { status: 503 });
    const { LokiTail } = await import('../loki/tail/tail.ts');
    const context = options.contextOf(request, connection, access);
    tail ??= new LokiTail({
      clock: context.clock,
      subscribe: options.subscribe,
      onError: (error) => options.onError(error, 'loki tail'),
    });
    const opened = tail;
    return options.run(request, connection, () => openTail(request, context, opened, connection.remoteAddress ?? ''));
  };
  return {
    async upgrade(request, connection) {
      try {
        return await open(request, connection);
      } catch (error) {
        const { lokiProblemOf } = await import('../loki/api/problem.ts');
        const problem = lokiProblemOf(error);
        if (problem.status === 500) options.onError(error, 'loki tail');
        return problem.toResponse();
      }
    },
    close() {
      isClosed = true;
      tail?.close();
    },
  };
}
