import assert from 'node:assert/strict';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { readDatagram } from './datagram.ts';
import { eventually, openRawSender, type RawSender, type RawSenderOptions } from './raw-sender.testing.ts';
import { createUdpServer, type UdpServer, type UdpServerOptions } from './server.ts';

/** A server with a manual clock, its handler, and senders. */
export interface World {
  readonly server: UdpServer;
  readonly handler: RecordingHandler;
  readonly clock: ManualClock;
  sender(options?: RawSenderOptions): Promise<RawSender>;
}

/** Runs a test with a server, then checks that no timers and no memory are left. */
export async function withServer(
  options: Partial<UdpServerOptions>,
  run: (world: World) => Promise<void>,
): Promise<void> {
  const handler = createRecordingHandler();
  const clock = createManualClock();
  const server = await createUdpServer({ endpoint: '127.0.0.1:0', clock, ...options }, handler);
  const senders: RawSender[] = [];
  const sender = async (more: RawSenderOptions = {}) => {
    const opened = await openRawSender(server, more);
    senders.push(opened);
    return opened;
  };
  try {
    await run({ server, handler, clock, sender });
  } finally {
    await server.shutdown(0);
    await Promise.all(senders.map((each) => each.close()));
    assert.equal(clock.pending, 0, 'expected no timer to wait');
    assert.equal(handler.open, 0, 'expected all memory to be given back');
  }
}

/** A message with a single fragment. */
export const [small] = sampleBatch('traces', 3).parts as [Uint8Array];
/** A message with several fragments. */
export const [large] = sampleBatch('traces', 200).parts as [Uint8Array];

/** Waits until everything sent so far has been read, by waiting for a message from a new sender. */
export async function allRead({ sender, handler }: World): Promise<void> {
  const last = await sender({ address: '127.0.0.9', session: `last${Math.random()}`.slice(0, 8) });
  const count = handler.requests.length;
  await last.send(...last.datagramsOf(small, 0, 0));
  await eventually(() => handler.requests.length > count, 'the last message to arrive');
}

/** Sends a message and returns the cookie from the challenge. */
export async function challengeOf(raw: RawSender): Promise<Buffer> {
  await raw.send(...raw.datagramsOf(small, 0, 0));
  await eventually(() => raw.responses.length > 0, 'a challenge');
  const challenge = readDatagram(raw.responses[0] as Buffer, undefined);
  assert.ok(typeof challenge !== 'string' && challenge.kind === 'challenge');
  return challenge.cookie;
}
