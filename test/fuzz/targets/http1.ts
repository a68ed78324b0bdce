import { markedRequest } from '../corpus.ts';
import { http1Stream } from '../mutate/http1.ts';
import { NodeHttp } from '../oracle/node-http.ts';
import { Victim } from '../server/victim.ts';
import type { FuzzTarget } from '../target.ts';
import { openRawReceiver, type RawOptions } from './raw-receiver.ts';

const OPTIONS: RawOptions = { connectionsAtOnce: 32, patienceMillis: 15_000, mustClose: true };

/** HTTP/1.1 itself: heads, lengths, chunks, several requests on a connection. */
export const http1: FuzzTarget = {
  name: 'http1',
  what: 'the otlp receiver, broken HTTP/1.1, beside the parser of Node',
  async open() {
    const victim = await Victim.start('otlp', { protocols: { http: { endpoint: '127.0.0.1:0' } } });
    const reference = await NodeHttp.listen();
    const target = openRawReceiver(victim, OPTIONS, (random) => {
      const bodies = Array.from({ length: 1 + random(3) }, () => markedRequest(random));
      const input = http1Stream(bodies, random);
      return { input, bodies: () => reference.bodiesIn(input) };
    });
    return {
      ...target,
      async [Symbol.asyncDispose]() {
        await target[Symbol.asyncDispose]();
        await reference[Symbol.asyncDispose]();
      },
    };
  },
};
