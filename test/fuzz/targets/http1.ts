import { sendRaw } from '../client/raw-connection.ts';
import { markedRequest } from '../corpus.ts';
import { http1Stream } from '../mutate/http1.ts';
import { NodeHttp } from '../oracle/node-http.ts';
import { ReceiverProcess } from '../server/receiver-process.ts';
import type { FuzzTarget } from '../target.ts';
import { openRawReceiver } from './raw-receiver.ts';

/** How long the server may keep open a connection that its client has ended. */
const TIMEOUT_MILLIS = 15_000;

/** HTTP/1.1: request heads, lengths, chunks, several requests per connection. */
export const http1: FuzzTarget = {
  name: 'http1',
  what: 'the otlp receiver, broken HTTP/1.1, compared with Node’s parser',
  async open() {
    const receiver = await ReceiverProcess.start('otlp', { protocols: { http: { endpoint: '127.0.0.1:0' } } });
    const reference = await NodeHttp.listen();
    return openRawReceiver(receiver, {
      batchSize: 32,
      next(random) {
        const bodies = Array.from({ length: 1 + random(3) }, () => markedRequest(random));
        const input = http1Stream(bodies, random);
        return {
          input,
          async send() {
            const end = await sendRaw(receiver.port(0), input, TIMEOUT_MILLIS);
            return end === 'closed'
              ? undefined
              : `kept a connection for ${TIMEOUT_MILLIS} ms that its client had ended`;
          },
          async bodies() {
            const found = await reference.bodiesIn(input);
            // If Node cannot parse the stream, any of the intended requests may arrive.
            return found.isAll ? found.bodies : [...found.bodies, ...bodies];
          },
        };
      },
      close: () => reference[Symbol.asyncDispose](),
    });
  },
};
