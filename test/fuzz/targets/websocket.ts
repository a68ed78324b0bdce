import { gunzipSync } from 'node:zlib';
import { normalizeRequest } from '@otelier/otlp';
import { burst } from '../client/websocket-burst.ts';
import { converse } from '../client/websocket-conversation.ts';
import { markedRequest } from '../corpus.ts';
import { conversation } from '../mutate/envelopes.ts';
import { exportBodiesIn } from '../oracle/envelope.ts';
import { ReceiverProcess } from '../server/receiver-process.ts';
import type { FuzzTarget } from '../target.ts';
import { openRawReceiver } from './raw-receiver.ts';

/** WebSocket: envelopes around requests, in and out of order. */
export const websocket: FuzzTarget = {
  name: 'websocket',
  what: 'the otlp_websocket receiver, broken envelopes',
  async open() {
    const receiver = await ReceiverProcess.start('otlp_websocket', {
      endpoint: '127.0.0.1:0',
      subscriptions: { enabled: true },
    });
    const port = receiver.port(0);
    const url = `ws://127.0.0.1:${port}${PATH}`;
    return openRawReceiver(receiver, {
      batchSize: 24,
      next(random) {
        const bodies = Array.from({ length: 1 + random(6) }, () => markedRequest(random));
        const messages = conversation(bodies, random);
        const slow = random(200) === 0;
        return {
          input: Buffer.concat(messages),
          // Most conversations are sent in a single write, some by another client that waits for acknowledgments.
          send: () => (slow ? converse(url, PROTOCOL, messages) : burst(port, PATH, PROTOCOL, messages)),
          bodies: () => [...bodies, ...messages.flatMap(exportBodiesIn).flatMap(asForwarded)],
        };
      },
    });
  },
};

const PATH = '/v1/otlp';
const PROTOCOL = 'otlp.otelier.v1';

/** Returns a mutated body if it is still valid. Canonicalization is tested elsewhere. */
function asForwarded(body: Uint8Array): readonly Uint8Array[] {
  return [body, ...unzipped(body)].flatMap((plain) =>
    (['traces', 'metrics', 'logs'] as const).flatMap((signal) => {
      const normalized = normalizeRequest(signal, plain);
      return normalized.ok ? [normalized.bytes] : [];
    }),
  );
}

/** Decompresses a mutated body, which may still be valid, because gzip allows several members (RFC 1952, 2.2). */
function unzipped(body: Uint8Array): readonly Uint8Array[] {
  try {
    return body[0] === 0x1f ? [gunzipSync(body)] : [];
  } catch {
    return [];
  }
}
