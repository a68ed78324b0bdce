import { markedRequest } from '../corpus.ts';
import { http2Stream } from '../mutate/http2.ts';
import { messagesIn } from '../mutate/http2-frames.ts';
import { Victim } from '../server/victim.ts';
import type { FuzzTarget } from '../target.ts';
import { openRawReceiver, type RawOptions } from './raw-receiver.ts';

/** A request that never becomes whole may wait for its time limit. */
const OPTIONS: RawOptions = { connectionsAtOnce: 200, patienceMillis: 100, mustClose: false };

/** HTTP/2 itself: frames, header blocks, the order of things. */
export const http2: FuzzTarget = {
  name: 'http2',
  what: 'the otlp receiver, broken HTTP/2',
  async open() {
    const victim = await Victim.start('otlp', { protocols: { grpc: { endpoint: '127.0.0.1:0' } } });
    return openRawReceiver(victim, OPTIONS, (random) => {
      const messages = Array.from({ length: 1 + random(3) }, () => markedRequest(random));
      const input = http2Stream(messages, random);
      return { input, bodies: () => messagesIn(input) };
    });
  },
};
