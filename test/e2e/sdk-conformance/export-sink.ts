import { requestToJson } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/transport';
import { createHttpServer } from '@otelier/transport';
import type { Lifetime } from '../gateway.ts';

/** A server that takes telemetry by HTTP and keeps it. */
export interface ExportSink {
  /** Its base URL. */
  readonly url: string;
  /** What came, in order, as OTLP/JSON. */
  requests(): readonly unknown[];
}

/** Starts one that ends with the test. */
export async function startExportSink(lifetime: Lifetime): Promise<ExportSink> {
  const handler = createRecordingHandler();
  const server = await createHttpServer({ endpoint: '127.0.0.1:0', keepAlive: true }, handler);
  lifetime.after(() => server.shutdown(0));
  return {
    url: `http://${server.address}`,
    requests: () =>
      handler.requests.map(({ signal, encoding, body }) =>
        JSON.parse(encoding === 'json' ? Buffer.from(body).toString() : requestToJson(signal, body)),
      ),
  };
}
