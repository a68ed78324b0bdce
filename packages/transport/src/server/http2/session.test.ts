import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import fc from 'fast-check';
import { frame, settings, uint32, WINDOW } from '../../client/http2/raw-server.testing.ts';
import type { ConnectionError } from '../../http2/frames.ts';
import { grpcRoutes } from '../grpc/head.ts';
import { GrpcStream } from '../grpc/stream.ts';
import { IncomingRequests } from '../incoming-requests.ts';
import { Outbox } from './outbox.ts';
import { call, callHeaders, message } from './raw-client.testing.ts';
import { Session } from './session.ts';

/** Feeds bytes to a session and returns the result. */
function feed(bytes: Uint8Array): {
  rejection: ConnectionError | undefined;
  held: number;
  open: number;
  sent: Uint8Array;
} {
  const outcome = { rejection: undefined as ConnectionError | undefined, held: 0 };
  const handler = {
    admit(sizeBytes: number) {
      outcome.held += sizeBytes;
      return {
        grow: () => true,
        release: () => {
          outcome.held -= sizeBytes;
        },
      };
    },
    export: () => ACCEPTED,
  };
  const context = {
    handler,
    admit: handler.admit,
    incoming: new IncomingRequests(),
    maxMessageBytes: 1000,
    requestTimeoutMillis: 1000,
    auth: undefined,
    observe: undefined,
    onRejected: undefined,
    onInternalError: (error: unknown) => assert.fail(String(error)),
  };
  const outbox = new Outbox();
  const routes = grpcRoutes();
  const session = new Session(
    outbox,
    {
      maxConcurrentStreams: 10,
      maxHeaderBytes: 1000,
      responseTimeoutMillis: 1000,
      createCall: (stream) => new GrpcStream(stream, context, routes),
    },
    {
      failed: (rejection) => {
        outcome.rejection ??= rejection;
      },
      pinged: () => {},
      ponged: () => {},
      began: () => {},
      ended: () => {},
    },
    0,
  );
  session.greet();
  session.receive(bytes, 0, bytes.length, 0);
  session.sweep(500);
  const open = session.openCount;
  session.closed();
  assert.equal(session.openCount, 0);
  assert.equal(outcome.held, 0);
  return { ...outcome, open, sent: outbox.take() };
}

/** Counts the frames in `bytes`, which must end at a frame boundary. */
function countFrames(bytes: Uint8Array): number {
  let count = 0;
  let at = 0;
  for (; at < bytes.length; count++) at += 9 + Buffer.from(bytes).readUIntBE(at, 3);
  assert.equal(at, bytes.length);
  return count;
}

test('a session neither throws nor leaks memory on any input, and sends complete frames', () => {
  const valid = Buffer.concat([
    settings({ 4: 100 }),
    call(1),
    callHeaders(3),
    message(3, 100),
    callHeaders(5),
    frame(WINDOW, 0, 5, uint32(10)),
    frame(WINDOW, 0, 0, uint32(10)),
    call(7),
  ]);
  assert.equal(feed(valid).rejection, undefined);
  assert.equal(feed(valid).open, 1);
  const change = fc.record({
    at: fc.nat(valid.length - 1),
    kind: fc.constantFrom('set', 'cut', 'repeat'),
    byte: fc.nat(255),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      let bytes = Buffer.from(valid);
      for (const { at, kind, byte } of changes) {
        const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
        if (kind === 'set') bytes = Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
        else if (kind === 'cut') bytes = Buffer.concat([before, after.subarray(byte % 16)]);
        else bytes = Buffer.concat([before, after.subarray(0, byte), after]);
      }
      assert.ok(countFrames(feed(bytes).sent) >= 2);
    }),
    { seed: 20_261_130, numRuns: 2000 },
  );
});
