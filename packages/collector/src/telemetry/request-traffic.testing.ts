import { once } from 'node:events';
import { connect } from 'node:http2';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';

/** Addresses of an OTLP receiver. */
interface ReceiverAddresses {
  readonly http: string;
  readonly grpc: string;
}

const SPAN = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'a',
  startTimeUnixNano: '1',
  endTimeUnixNano: '2',
};
const REQUEST = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [SPAN] }] }] });

/** Sends two requests with a span over each protocol, and requests that a receiver rejects for their method, path or body. */
export async function sendTraffic({ http, grpc }: ReceiverAddresses): Promise<void> {
  const clients = [createHttpClient({ endpoint: `http://${http}` }), createGrpcClient({ endpoint: `http://${grpc}` })];
  for (const client of clients) {
    await client.export('traces', [REQUEST]);
    await client.export('traces', [REQUEST]);
    await client.shutdown();
  }
  const protobuf = { 'content-type': 'application/x-protobuf' };
  const malformed = { method: 'POST', headers: protobuf, body: Buffer.from([0x0a, 0x7f]) };
  await (await fetch(`http://${http}/v1/traces`, malformed)).arrayBuffer();
  await (await fetch(`http://${http}/v1/traces`)).arrayBuffer();
  await (await fetch(`http://${http}/elsewhere`, { ...malformed, body: Buffer.from(REQUEST) })).arrayBuffer();
  await callUnknownMethod(grpc);
}

async function callUnknownMethod(grpc: string): Promise<void> {
  const session = connect(`http://${grpc}`);
  const headers = {
    ':method': 'POST',
    ':path': '/no.Service/Method',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const stream = session.request(headers);
  stream.end(Buffer.from([0, 0, 0, 0, 0]));
  stream.resume();
  await once(stream, 'close');
  session.close();
}
