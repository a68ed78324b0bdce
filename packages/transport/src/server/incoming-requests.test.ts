import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import type { IncomingRequest } from './incoming-request.ts';
import { IncomingRequests } from './incoming-requests.ts';
import type { Rejection } from './rejection.ts';
import { createSource, peerKey, type RequestSource } from './request-source.ts';

const LIMIT = 1_000_000;
const REQUEST_BYTES = 768;

/** A memory budget and its usage. */
class Memory {
  readonly limitBytes = LIMIT;
  inFlightBytes = 0;

  readonly admit = (sizeBytes: number) => {
    let held = 0;
    const grow = (bytes: number) => {
      if (this.inFlightBytes + bytes > LIMIT) return false;
      this.inFlightBytes += bytes;
      held += bytes;
      return true;
    };
    if (sizeBytes + REQUEST_BYTES > LIMIT) return { kind: 'refused', reason: 'never fits' } as const;
    if (!grow(sizeBytes + REQUEST_BYTES)) return { kind: 'retry', afterMillis: 1000, reason: 'full' } as const;
    const release = () => {
      this.inFlightBytes -= held;
      held = 0;
    };
    return { grow, release };
  };
}

function setUp() {
  const clock = createManualClock();
  const memory = new Memory();
  const incoming = new IncomingRequests(memory, clock);
  const ended = new Map<IncomingRequest, Rejection>();
  const begin = (announcedBytes: number | undefined, source = createSource('127.0.0.1')) => {
    const request = incoming.begin(memory.admit, {
      source,
      announcedBytes,
      maxBytes: LIMIT,
      end: (rejection) => {
        if ('kind' in request) return;
        ended.set(request, rejection);
        request.complete().release();
      },
    });
    return request;
  };
  const begun = (announcedBytes: number | undefined, source?: RequestSource) => {
    const request = begin(announcedBytes, source);
    if ('kind' in request) throw new Error(request.reason);
    return request;
  };
  return { clock, memory, incoming, ended, begin, begun };
}

function receive(request: IncomingRequest, bytes: number): boolean {
  if (request.ensureCapacity(request.receivedBytes + bytes) === undefined) return false;
  request.received(bytes);
  return true;
}

test('reserves almost nothing for announced lengths', () => {
  const { memory, begun, incoming } = setUp();
  for (let i = 0; i < 500; i++) begun(LIMIT / 2);
  assert.equal(memory.inFlightBytes, 500 * REQUEST_BYTES);
  const admission = incoming.admit(memory.admit, 500_000, createSource('127.0.0.1'));
  assert.ok(!('kind' in admission), 'expected space for a complete request');
});

test('rejects a length that never fits at once', () => {
  assert.deepEqual(setUp().begin(LIMIT + 1), { kind: 'refused', reason: 'never fits' });
});

test('bounds the memory reserved ahead of the bytes', () => {
  const { memory, begun } = setUp();
  for (let i = 0; i < 100; i++) assert.ok(receive(begun(100_000), 1));
  assert.ok(memory.inFlightBytes <= LIMIT / 4 + 100 * (4096 + REQUEST_BYTES), `${memory.inFlightBytes} bytes`);
});

test('ends slow requests in favor of complete and faster ones when memory is full', async () => {
  const { clock, memory, begun, incoming, ended } = setUp();
  const slow = Array.from({ length: 205 }, () => begun(undefined));
  for (const request of slow) receive(request, 1);
  assert.ok(memory.inFlightBytes > LIMIT * 0.99);
  await clock.advance(1000);
  const admission = incoming.admit(memory.admit, 100_000, createSource('127.0.0.1'));
  assert.ok(!('kind' in admission));
  const fast = begun(undefined);
  for (let i = 0; i < 40; i++) {
    assert.ok(receive(fast, 10_000), `${i} ${memory.inFlightBytes} ${ended.size} ${fast.reservedBytes}`);
    await clock.advance(10);
  }
  assert.ok(ended.size > 0 && !ended.has(fast));
  for (const rejection of ended.values()) assert.equal(rejection.kind, 'busy');
});

test('does not end fast requests in favor of others', async () => {
  const { clock, memory, begun, incoming, ended } = setUp();
  // Two connections, because each is limited to half of the memory.
  const requests = [0, 1].map(() => begun(undefined));
  for (const request of requests) assert.ok(receive(request, 240_000));
  await clock.advance(1000);
  assert.equal('kind' in incoming.admit(memory.admit, 200_000, createSource('127.0.0.1')), true);
  assert.equal(ended.size, 0);
});

test('limits a remote address to half of the memory and makes it yield to others', async () => {
  const { clock, memory, begun, incoming, ended } = setUp();
  const greedy = Array.from({ length: 10 }, () => begun(undefined, createSource('192.0.2.1')));
  const received = greedy.filter((request) => receive(request, 40_000));
  assert.ok(memory.inFlightBytes <= LIMIT / 2 + 10 * REQUEST_BYTES);
  assert.ok(received.length < greedy.length);
  await clock.advance(500);
  const rest = memory.admit(LIMIT - memory.inFlightBytes - REQUEST_BYTES);
  assert.ok(!('kind' in rest));
  assert.equal('kind' in incoming.admit(memory.admit, 10_000, createSource('192.0.2.1')), true, 'not for itself');
  await clock.advance(500);
  assert.ok(!('kind' in incoming.admit(memory.admit, 10_000, createSource('198.51.100.7'))));
  assert.ok(ended.size > 0);
});

test('limits a connection to half of the memory', () => {
  const { begun } = setUp();
  const source = createSource(undefined);
  const requests = Array.from({ length: 10 }, () => begun(undefined, source));
  assert.ok(requests.filter((request) => receive(request, 40_000)).length < requests.length);
  assert.ok(source.incompleteBytes <= LIMIT / 2);
});

test('ends a body that trickles, but not a steady one', async () => {
  const { clock, begun, ended } = setUp();
  const drip = begun(100_000);
  const steady = begun(100_000);
  const silent = begun(100_000);
  for (let second = 0; second < 20; second++) {
    if (!ended.has(drip)) receive(drip, 1);
    receive(steady, 1000);
    await clock.advance(1000);
  }
  assert.deepEqual([...ended.keys()].sort(), [drip, silent].sort());
  assert.equal(ended.get(drip)?.kind, 'timed_out');
  assert.ok(!ended.has(steady));
});

/** Performs one random step of clients that begin, send, abort or wait. */
async function step(random: Random, open: Set<IncomingRequest>, { clock, begin, ended }: ReturnType<typeof setUp>) {
  const [some] = [...open].slice(random(open.size + 1));
  const choice = random(5);
  if (choice < 2) {
    const address = ['127.0.0.1', '192.0.2.1', '192.0.2.2'][random(3)];
    const request = begin(random(2) === 0 ? undefined : random(400_000), createSource(address));
    if (!('kind' in request)) open.add(request);
  } else if (choice === 2) await clock.advance(random(2000));
  else if (some !== undefined && !ended.has(some)) {
    if (choice === 3) {
      receive(some, Math.min(random(50_000), (some.options.announcedBytes ?? LIMIT) - some.receivedBytes));
    } else {
      open.delete(some);
      some.complete().release();
    }
  }
}

test('stays within the memory limit and releases all of it (seeded)', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = createRandom(seed);
    const context = setUp();
    const { memory, incoming, ended } = context;
    const open = new Set<IncomingRequest>();
    for (let at = 0; at < 300; at++) {
      await step(random, open, context);
      assert.ok(memory.inFlightBytes <= LIMIT && memory.inFlightBytes >= 0, `seed ${seed}, step ${at}`);
    }
    for (const request of open) if (!ended.has(request)) request.complete().release();
    assert.deepEqual([memory.inFlightBytes, incoming.count], [0, 0], `seed ${seed}`);
  }
});

test('identifies peers by IPv4 address and IPv6 network, and all local programs as one', () => {
  assert.equal(peerKey('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(peerKey('2001:db8:1:2::1'), peerKey('2001:db8:1:2:3:4:5:6'));
  assert.notEqual(peerKey('2001:db8:1:2::1'), peerKey('2001:db8:1:3::1'));
  assert.equal(peerKey('2001:db8::1'), peerKey('2001:db8:0:0::7'));
  assert.deepEqual([undefined, '::1', '127.0.0.1', '127.3.2.1', '::ffff:127.0.0.1'].map(peerKey), ['', '', '', '', '']);
});
