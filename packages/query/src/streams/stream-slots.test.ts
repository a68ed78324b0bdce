import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { createRandom } from '@otelier/testkit/otlp/random';
import { type SlottedStream, StreamSlots } from './stream-slots.ts';

class TestStream implements SlottedStream {
  stalledSinceMillis: number | undefined;
  reason: string | undefined;
  release = () => {};

  displace(reason: string): void {
    this.reason = reason;
    this.release();
  }
}

function setUp() {
  const clock = createManualClock();
  const slots = new StreamSlots({ clock, slots: 4, yieldMillis: 2000, stallMillis: 60_000, replaceMillis: 3000 });
  const open = (client: string, tenant = 'default') => {
    if (!slots.makeSpace(client, tenant)) return undefined;
    const stream = new TestStream();
    stream.release = slots.take(client, tenant, stream);
    return stream;
  };
  const opened = (client: string, tenant?: string) => open(client, tenant) ?? assert.fail(`no slot for ${client}`);
  return { clock, open, opened };
}

test('replaces the longest stalled stream by a new one', async () => {
  const { clock, open, opened } = setUp();
  const streams = ['a', 'a', 'a', 'a'].map((client) => opened(client));
  Object.assign(streams[2] ?? {}, { stalledSinceMillis: clock.monotonic() });
  await clock.advance(100);
  Object.assign(streams[1] ?? {}, { stalledSinceMillis: clock.monotonic() });
  assert.equal(open('a'), undefined, 'they may only be slow');
  await clock.advance(2000);
  assert.ok(open('a'));
  assert.deepEqual(
    streams.map(({ reason }) => reason !== undefined),
    [false, false, true, false],
  );
});

test('one client cannot keep all slots from others', () => {
  const { open, opened } = setUp();
  const streams = ['a', 'a', 'a', 'a'].map((client) => opened(client));
  assert.equal(open('a'), undefined);
  assert.ok(open('b'));
  assert.equal(streams.filter(({ reason }) => reason !== undefined).length, 1);
});

test('one program cannot keep others with the same address out', async () => {
  const { clock, open, opened } = setUp();
  const streams = ['a', 'a', 'a', 'a'].map((client) => opened(client));
  assert.equal(open('a'), undefined, 'it opened all of them just now');
  await clock.advance(3000);
  assert.ok(open('a'));
  assert.ok(open('a'));
  assert.deepEqual(
    streams.map(({ reason }) => reason !== undefined),
    [true, true, false, false],
  );
});

test('ends streams that stall for a minute', async () => {
  const { clock, opened } = setUp();
  const [stalled, read] = [opened('a'), opened('a')];
  stalled.stalledSinceMillis = clock.monotonic();
  await clock.advance(80_000);
  assert.match(stalled.reason ?? '', /read nothing for 60 seconds/);
  assert.equal(read.reason, undefined);
  read.release();
  assert.equal(clock.pending, 0);
});

test('bounds streams by slots and always admits a client without any (seeded)', async () => {
  const random = createRandom(10);
  const { clock, open } = setUp();
  const all: { client: string; stream: TestStream }[] = [];
  for (let step = 0; step < 2000; step++) {
    const client = `client-${random(3)}`;
    const isOpen = ({ stream }: { stream: TestStream }) => stream.reason === undefined;
    const had = all.filter(isOpen).filter((one) => one.client === client).length;
    const max = Math.max(
      0,
      ...Map.groupBy(all.filter(isOpen), (one) => one.client)
        .values()
        .map((list) => list.length),
    );
    const stream = open(client);
    if (had < max) assert.ok(stream !== undefined, `step ${step}`);
    if (stream !== undefined) all.push({ client, stream });
    assert.ok(all.filter(isOpen).length <= 4);
    const some = all.filter(isOpen)[random(4)];
    if (random(3) === 0 && some !== undefined) some.stream.stalledSinceMillis = clock.monotonic();
    if (random(4) === 0) await clock.advance(random(3000));
  }
});

test('a tenant uses up neither the streams of others nor those of all tenants', () => {
  const { open, opened } = setUp();
  for (const client of ['a', 'b', 'c', 'd']) opened(client, 'noisy');
  assert.equal(opened('e', 'noisy').reason, undefined, 'instead of one of the same tenant');
  for (const client of ['a', 'a', 'a', 'a']) assert.ok(open(client, 'quiet'));
  // Eight times the streams of one tenant are the most of all.
  for (let tenant = 0; tenant < 6; tenant += 1)
    for (const client of ['a', 'b', 'c', 'd']) opened(client, `tenant ${tenant}`);
  assert.ok(open('a', 'late'), 'one of a tenant with four makes space');
  assert.ok(open('a', 'later'));
});
