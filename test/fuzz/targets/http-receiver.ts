import { decodeRpcStatus, SIGNALS, type Signal } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';
import { HttpConnection, type HttpResponse } from '../client/http-connection.ts';
import type { Response } from '../oracle/check.ts';
import { ReceiverProcess } from '../server/receiver-process.ts';
import type { OpenTarget } from '../target.ts';
import { openReceiver, type Sending } from './receiver.ts';

/** A request with a valid head. */
export interface HttpCase {
  readonly signal: Signal;
  readonly encoding: 'protobuf' | 'json';
  readonly contentEncoding?: string;
  readonly body: Uint8Array;
  check(response: Response): string | undefined;
}

/** Starts the HTTP server of the otlp receiver, and a client that sends cases on persistent connections. */
export async function openHttpReceiver(next: (random: Random) => HttpCase): Promise<OpenTarget> {
  const receiver = await ReceiverProcess.start('otlp', {
    protocols: { http: { endpoint: '127.0.0.1:0', include_metadata: true } },
  });
  const connections: HttpConnection[] = [];
  return openReceiver(receiver, {
    send(random, id, slot): Sending {
      const { body, check, ...head } = next(random);
      connections[slot] ??= new HttpConnection(receiver.port(0));
      return { input: body, check, outcome: exchange(connections[slot], head, id, body) };
    },
    close() {
      for (const connection of connections) connection.close();
    },
  });
}

async function exchange(
  connection: HttpConnection,
  { signal, encoding, contentEncoding }: Omit<HttpCase, 'body' | 'check'>,
  id: string,
  body: Uint8Array,
): Sending['outcome'] {
  const lines = [
    `POST ${SIGNALS[signal].httpPath} HTTP/1.1`,
    'host: 127.0.0.1',
    `content-type: application/${encoding === 'json' ? 'json' : 'x-protobuf'}`,
    ...(contentEncoding === undefined ? [] : [`content-encoding: ${contentEncoding}`]),
    `x-fuzz-id: ${id}`,
    `content-length: ${body.length}`,
  ];
  const response = await connection.send(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]));
  return response instanceof Error ? { defect: response.message } : outcomeOf(response, encoding);
}

/** Returns the outcome for a status. An error without a reason in the body is a defect. */
function outcomeOf({ status, body }: HttpResponse, encoding: 'protobuf' | 'json'): Awaited<Sending['outcome']> {
  if (status === 200) return { kind: 'accepted' };
  if (status === 429 || status === 503) return { kind: 'later' };
  const reason = decodeRpcStatus(body, encoding)?.message;
  if (reason === undefined) return { defect: `returned ${status} without a status in the body` };
  return status === 400 || status === 413 ? { kind: 'refused', reason } : { defect: `returned ${status}: ${reason}` };
}
