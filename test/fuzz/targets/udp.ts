import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createRandom } from '@otelier/testkit/otlp/random';
import { markedRequest } from '../corpus.ts';
import { datagramsOf, intactDatagrams } from '../mutate/datagrams.ts';
import type { ForwardedBatch } from '../server/messages.ts';
import { ReceiverProcess } from '../server/receiver-process.ts';
import type { FuzzTarget } from '../target.ts';
import { openRawReceiver } from './raw-receiver.ts';

const UNLIMITED = { bytes_per_second: 0, datagrams_per_second: 0 };

/** UDP: damaged, truncated, duplicated and forged datagrams. */
export const udp: FuzzTarget = {
  name: 'udp',
  what: 'the otlp_udp receiver, broken datagrams',
  async open(seed) {
    const receiver = await ReceiverProcess.start('otlp_udp', { endpoint: '127.0.0.1:0', rate_limit: UNLIMITED });
    const socket = createSocket('udp4').unref();
    socket.connect(receiver.port(0), '127.0.0.1');
    await once(socket, 'connect');
    // Reports and challenges are discarded.
    socket.on('error', () => {});
    const marker = createRandom(seed);
    /**
     * The most recent datagrams that ended a batch. They are sent repeatedly until one arrives, and others may follow.
     */
    const lasts: Uint8Array[] = [];
    const isLast = ({ bytes }: ForwardedBatch) => lasts.some((last) => Buffer.compare(bytes, last) === 0);
    return openRawReceiver(receiver, {
      batchSize: 100,
      next(random) {
        const message = random(10) === 0 ? longRequest() : markedRequest(random);
        const datagrams = datagramsOf(message, random);
        return {
          input: Buffer.concat(datagrams),
          async send() {
            for (const datagram of datagrams) socket.send(datagram);
            return undefined;
          },
          bodies: () => [message],
        };
        function longRequest(): Uint8Array {
          return Buffer.concat(Array.from({ length: 100 }, () => markedRequest(random)));
        }
      },
      /** UDP has no acknowledgments, so the other datagrams are followed by one that is certain to be accepted. */
      async collect(inputs) {
        const last = markedRequest(marker);
        lasts.unshift(last);
        lasts.length = Math.min(lasts.length, 20);
        const taken: ForwardedBatch[] = [];
        for (let attempt = 0; attempt < LAST_ATTEMPTS; attempt++) {
          for (const datagram of intactDatagrams(last, marker)) socket.send(datagram);
          await new Promise((resolve) => setTimeout(resolve, attempt));
          taken.push(...(await receiver.taken(inputs)));
          if (taken.some(({ bytes }) => Buffer.compare(bytes, last) === 0)) break;
        }
        return taken.filter((each) => !isLast(each));
      },
      close: () => void socket.close(),
    });
  },
};

const LAST_ATTEMPTS = 100;
