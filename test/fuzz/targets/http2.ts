import { sendRaw } from '../client/raw-connection.ts';
import { markedRequest } from '../corpus.ts';
import { http2Stream } from '../mutate/http2.ts';
import { messagesIn } from '../mutate/http2-frames.ts';
import { ReceiverProcess } from '../server/receiver-process.ts';
import type { FuzzTarget } from '../target.ts';
import { openRawReceiver } from './raw-receiver.ts';

/** How long to wait for a request that never completes. The server itself waits longer. */
const TIMEOUT_MILLIS = 100;

/** HTTP/2: frames, header blocks and their order. */
export const http2: FuzzTarget = {
  name: 'http2',
  what: 'the otlp receiver, broken HTTP/2',
  async open() {
    const receiver = await ReceiverProcess.start('otlp', { protocols: { grpc: { endpoint: '127.0.0.1:0' } } });
    return openRawReceiver(receiver, {
      batchSize: 200,
      next(random) {
        const messages = Array.from({ length: 1 + random(3) }, () => markedRequest(random));
        const input = http2Stream(messages, random);
        return {
          input,
          async send() {
            await sendRaw(receiver.port(0), input, TIMEOUT_MILLIS);
            return undefined;
          },
          bodies: () => messagesIn(input),
        };
      },
    });
  },
};
