import http from 'node:http';
import http2 from 'node:http2';
import { type KilledSignal, killRequest } from '../kill/requests.ts';

/** A request whose first half has been sent. */
export interface HalfSentRequest {
  readonly id: string;
  readonly signal: KilledSignal;
  /**
   * Sends the second half. Resolves with `ok`, `expired` if the request took longer than the server allows by a clock
   * that never jumps, or with the response if the request failed.
   */
  finish(): Promise<string>;
}

/** Maximum time of a request, less than any jump. */
const SERVER_LIMIT_MILLIS = 60_000;

/** Returns the result of a request that started at a time of `performance.now()`. */
function resultOf(result: string, startMillis: number): string {
  const isExpired = performance.now() - startMillis >= SERVER_LIMIT_MILLIS;
  return result !== 'ok' && isExpired ? 'expired' : result;
}

/** Sends the first half of an OTLP/HTTP request. */
export async function startHttpRequest(url: string, signal: KilledSignal, id: string): Promise<HalfSentRequest> {
  const body = killRequest(signal, id, false);
  const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
  const startMillis = performance.now();
  const request = http.request(`${url}/v1/${signal}`, { method: 'POST', headers });
  const end = new Promise<string>((resolve) => {
    request.on('error', (error) => resolve(String(error)));
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'ok' : `status ${response.statusCode}`);
    });
  });
  await new Promise((resolve) => request.write(body.subarray(0, body.length / 2), resolve));
  const finish = async () => {
    request.end(body.subarray(body.length / 2));
    return resultOf(await end, startMillis);
  };
  return { id, signal, finish };
}

const PATHS: Readonly<Record<KilledSignal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

/** Sends the first half of an OTLP/gRPC request. */
export async function startGrpcRequest(address: string, signal: KilledSignal, id: string): Promise<HalfSentRequest> {
  const startMillis = performance.now();
  const session = http2.connect(`http://${address}`);
  const message = killRequest(signal, id, false);
  const frame = Buffer.concat([Buffer.alloc(5), message]);
  frame.writeUInt32BE(message.length, 1);
  const stream = session.request({
    ':method': 'POST',
    ':path': PATHS[signal],
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const end = new Promise<string>((resolve) => {
    for (const emitter of [session, stream]) emitter.on('error', (error: Error) => resolve(String(error)));
    let status: unknown;
    const read = (headers: http2.IncomingHttpHeaders): void => {
      status = headers['grpc-status'] ?? status;
    };
    stream.on('response', read).on('trailers', read).resume();
    stream.on('close', () => resolve(status === '0' ? 'ok' : `grpc-status ${status}`));
  });
  await new Promise((resolve) => stream.write(frame.subarray(0, frame.length / 2), resolve));
  const finish = async () => {
    stream.end(frame.subarray(frame.length / 2));
    const result = await end;
    session.destroy();
    return resultOf(result, startMillis);
  };
  return { id, signal, finish };
}
