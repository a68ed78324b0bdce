import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createNodeHttpServer } from '../http/node-http-server.testing.ts';
import { post, RawClient, withHttp1 } from './raw-client.testing.ts';
import { AMBIGUOUS, WELL_FORMED } from './requests.testing.ts';

const bodiesOf = (handler: RecordingHandler) =>
  handler.requests.map(({ body }) => Buffer.from(body).toString('latin1'));

describe('raw requests', { concurrency: true }, () => {
  for (const [name, [bytes, bodies]] of Object.entries(WELL_FORMED)) {
    test(`accepts ${name}`, async () => {
      const handler = createRecordingHandler();
      await withHttp1(handler, async ({ connect }) => {
        const client = connect();
        client.send(bytes);
        for (const _ of bodies) assert.equal((await client.response())?.status, 200);
        assert.deepEqual(bodiesOf(handler), bodies);
      });
    });
  }

  for (const [name, bytes] of Object.entries(AMBIGUOUS)) {
    test(`rejects ${name} and reads nothing after it`, async () => {
      const handler = createRecordingHandler();
      await withHttp1(handler, async ({ connect }) => {
        const client = connect();
        client.send(bytes + post('{"smuggled":true}'));
        const response = await client.response();
        assert.deepEqual([response?.status, response?.headers.get('connection')], [400, 'close']);
        assert.match(response?.body ?? '', /^[\x20-\x7e]+\n$/);
        assert.equal(await client.rest(), '');
        assert.deepEqual(handler.requests, []);
      });
      await handler.untilReleased();
    });
  }

  test('interprets no request differently from another parser', async () => {
    const wellFormed = Object.values(WELL_FORMED).map(([bytes]) => bytes);
    const seeds = [...wellFormed, ...Object.values(AMBIGUOUS)];
    const random = generator(20_260_101);
    const inputs = Array.from({ length: MUTATIONS }, () => {
      const from = random(4) === 0 ? seeds : wellFormed;
      return mutated(from[random(from.length)] ?? '', random);
    });
    const ownHandler = createRecordingHandler();
    const otherHandler = createRecordingHandler();
    await withHttp1(ownHandler, async ({ port }) => {
      const other = await createNodeHttpServer({ endpoint: '127.0.0.1:0' }, otherHandler);
      const otherPort = Number(other.address.split(':').at(-1));
      let compared = 0;
      try {
        for (const input of [...seeds, ...inputs]) {
          const own = await exported(ownHandler, port, input);
          const second = await exported(otherHandler, otherPort, input);
          compared += own.length;
          // The other server handles pipelined requests concurrently, so its order differs.
          for (const body of own) {
            const at = second.indexOf(body);
            assert.ok(at >= 0, `${JSON.stringify(input)} exported ${JSON.stringify(own)}`);
            second.splice(at, 1);
          }
        }
      } finally {
        await other.shutdown(0);
      }
      assert.ok(compared > MUTATIONS / 10, `${compared} bodies compared`);
    });
  });
});

const MUTATIONS = 600;

/** Returns the bodies that a server exports when a client sends these bytes and closes the connection. */
async function exported(handler: RecordingHandler, port: number, input: string): Promise<string[]> {
  const before = handler.requests.length;
  const client = new RawClient(port);
  client.socket.end(Buffer.from(input, 'latin1'));
  await client.rest();
  await handler.untilReleased();
  return bodiesOf(handler).slice(before);
}

type Random = (below: number) => number;

/** Returns a deterministic random number generator. */
function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PIECES = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '1',
  '\0',
  '\x0b',
  'chunked',
  'content-length: 1\r\n',
];

/** Applies one or two small mutations: a byte dropped, duplicated or replaced, or a piece inserted. */
function mutated(bytes: string, random: Random): string {
  let result = bytes;
  for (let changes = 1 + random(2); changes > 0; changes--) {
    const at = random(result.length);
    const piece = PIECES[random(PIECES.length)] ?? '';
    const kind = random(4);
    const middle =
      kind === 0 ? '' : kind === 1 ? result.charAt(at).repeat(2) : kind === 2 ? piece : result.charAt(at) + piece;
    result = result.slice(0, at) + middle + result.slice(at + 1);
  }
  return result;
}
