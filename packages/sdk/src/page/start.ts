import type { TracerProvider as ApiTracerProvider } from '@opentelemetry/api';
import { createBasicClient } from '../client/basic/basic-client.ts';
import type { FlushResult } from '../delivery/contract.ts';
import { LoggerProvider } from '../logs/logger-provider.ts';
import type { ResourceSource } from '../resource.ts';
import { TracerProvider } from '../trace/tracer-provider.ts';
import { SDK_VERSION } from '../version.ts';
import { instrumentPageFetch } from './fetch.ts';
import { instrumentInteractions } from './interactions.ts';
import { instrumentPageLoad } from './page-load.ts';
import type { PageRequestOptions } from './requests.ts';
import { type SessionOptions, trackSession } from './session.ts';
import { instrumentWebVitals } from './web-vitals.ts';
import { instrumentPageXhr } from './xhr.ts';

/** Options of `startPage`. */
export interface PageOptions extends Omit<PageRequestOptions, 'tracerProvider'> {
  /** The base URL of the receiver. Its origin must allow the page's (CORS). */
  readonly endpoint: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Attributes of the page, such as `service.name`. */
  readonly resource?: ResourceSource;
  readonly session?: SessionOptions;
}

/** What records a page. */
export interface PageTelemetry {
  readonly tracerProvider: ApiTracerProvider;
  readonly loggerProvider: LoggerProvider;
  flush(timeoutMillis?: number): Promise<FlushResult>;
  shutdown(): Promise<FlushResult>;
}

/**
 * Records the load of the page, its requests (`fetch` and `XMLHttpRequest`), what users do, web vitals and sessions, and
 * sends them with OTLP/HTTP. Pages that need less use the functions that this one combines.
 */
export function startPage(options: PageOptions): PageTelemetry {
  const { endpoint, headers, resource, session: sessionOptions, ...requests } = options;
  const client = createBasicClient({ endpoint, ...(headers && { headers }), ...(resource && { resource }) });
  const session = trackSession(sessionOptions);
  const loggerProvider = new LoggerProvider({ client });
  const tracerProvider = new TracerProvider({
    client,
    observers: [{ onStart: (span) => span.setAttribute('session.id', currentId()) }],
  });
  let startedId: string | undefined;
  const logger = loggerProvider.getLogger('@otelier/sdk/browser/session', SDK_VERSION);
  const currentId = (): string => {
    const { id, previousId, isNew } = session();
    if (isNew && id !== startedId) {
      startedId = id;
      if (previousId !== undefined) logger.emit({ eventName: 'session.end', attributes: { 'session.id': previousId } });
      const attributes = { 'session.id': id, 'session.previous_id': previousId };
      logger.emit({ eventName: 'session.start', attributes });
    }
    return id;
  };
  const inSession: Pick<LoggerProvider, 'getLogger'> = {
    getLogger(...scope) {
      const inner = loggerProvider.getLogger(...scope);
      return {
        emit: (record) => inner.emit({ ...record, attributes: { ...record.attributes, 'session.id': currentId() } }),
        enabled: () => true,
      };
    },
  };
  const undo = [
    instrumentPageLoad({ tracerProvider }),
    instrumentPageFetch({ ...requests, tracerProvider }),
    instrumentPageXhr({ ...requests, tracerProvider }),
    instrumentInteractions({ tracerProvider }),
    instrumentWebVitals({ loggerProvider: inSession }),
  ];
  return {
    tracerProvider,
    loggerProvider,
    flush: (timeoutMillis) => client.flush(timeoutMillis),
    async shutdown() {
      for (const each of undo) each();
      await loggerProvider.shutdown();
      return tracerProvider.shutdown();
    },
  };
}
