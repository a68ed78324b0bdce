import type { TestContext } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/transport';
import { createHttpServer } from '@otelier/transport';

/** A span in OTLP/JSON, as far as tests look into it. */
export interface SpanSeen {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

/** What came under one resource and scope. */
export interface ScopeSeen {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly items: readonly SpanSeen[];
}

/** A server that takes telemetry by HTTP and shows it. */
export interface Sink {
  readonly url: string;
  readonly handler: RecordingHandler;
  /** What came, in the order of coming. */
  scopes(): readonly ScopeSeen[];
  /** The spans of all scopes. */
  spans(): readonly SpanSeen[];
}

/** Starts one for the time of the test. */
export async function startSink(t: TestContext): Promise<Sink> {
  const handler = createRecordingHandler();
  const server = await createHttpServer({ endpoint: '127.0.0.1:0', keepAlive: true }, handler);
  t.after(() => server.shutdown(0));
  const scopes = () =>
    handler.requests.flatMap(({ signal, encoding, body }) =>
      scopesOf(JSON.parse(encoding === 'json' ? Buffer.from(body).toString() : requestToJson(signal, body))),
    );
  return {
    url: `http://${server.address}`,
    handler,
    scopes,
    spans: () => scopes().flatMap(({ items }) => items),
  };
}

interface RequestJson {
  readonly resourceSpans: readonly {
    readonly resource: Readonly<Record<string, unknown>>;
    readonly scopeSpans: readonly {
      readonly scope: Readonly<Record<string, unknown>>;
      readonly spans: readonly SpanSeen[];
    }[];
  }[];
}

function scopesOf({ resourceSpans }: RequestJson): readonly ScopeSeen[] {
  return resourceSpans.flatMap(({ resource, scopeSpans, ...level }) =>
    scopeSpans.map(({ scope, spans, ...rest }) => ({
      resource: { ...resource, ...level },
      scope: { ...scope, ...rest },
      items: spans,
    })),
  );
}
