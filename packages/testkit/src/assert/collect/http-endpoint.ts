import { requestFromJson } from '@otelier/otlp';
import { createHttpServer } from '@otelier/transport/http-server';
import type { Recording } from './recording.ts';

/** An OTLP/HTTP server on the loopback interface that adds what it receives to a recording. */
export interface HttpEndpoint {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Bytes of one request and of all requests in progress. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** Starts a server on a free port. */
export async function startHttpEndpoint(recording: Recording): Promise<HttpEndpoint> {
  let reserved = 0;
  const reserve = (sizeBytes: number) => {
    if (reserved + sizeBytes > MAX_REQUEST_BYTES) return false;
    reserved += sizeBytes;
    return true;
  };
  const server = await createHttpServer(
    { endpoint: '127.0.0.1:0' },
    {
      admit(sizeBytes) {
        if (!reserve(sizeBytes)) return { kind: 'retry', afterMillis: 100, reason: 'too many requests in progress' };
        let held = sizeBytes;
        return {
          grow(moreBytes) {
            if (!reserve(moreBytes)) return false;
            held += moreBytes;
            return true;
          },
          release() {
            reserved -= held;
          },
        };
      },
      export({ signal, encoding, body }) {
        if (encoding === 'protobuf') return recording.add(signal, body);
        const request = requestFromJson(signal, body);
        return request.ok ? recording.add(signal, request.bytes) : { kind: 'refused', reason: request.reason };
      },
    },
  );
  return { url: `http://${server.address}`, stop: () => server.shutdown(0) };
}
