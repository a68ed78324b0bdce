import { requestToJson } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createHttpServer } from '@otelier/transport/http-server';
import type { Lifetime } from '../gateway.ts';

/** An HTTP server that records telemetry. */
export interface ExportSink {
  /** The server's base URL. */
  readonly url: string;
  /** Determines the outcome of the next requests. */
  readonly handler: RecordingHandler;
  /** Returns the received requests as OTLP/JSON, in order. */
  requests(): readonly unknown[];
}

/** Starts a server that is closed at the end of the test. It also accepts requests from pages of any origin. */
export async function startExportSink(lifetime: Lifetime): Promise<ExportSink> {
  const handler = createRecordingHandler();
  const server = await createHttpServer(
    { endpoint: '127.0.0.1:0', keepAlive: true, cors: { allowedOrigins: ['*'], allowedHeaders: ['*'] } },
    handler,
  );
  lifetime.after(() => server.shutdown(0));
  return {
    url: `http://${server.address}`,
    handler,
    requests: () =>
      handler.requests.map(({ signal, encoding, body }) =>
        JSON.parse(encoding === 'json' ? Buffer.from(body).toString() : requestToJson(signal, body)),
      ),
  };
}
