import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { TenantDirectory, TenantLimits } from '@otelier/identity';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { batchOf } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { parseLimits } from '../cli/tenants/limits.ts';
import { defineExtension } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { otlp } from '../receivers/otlp.ts';
import { tenantsConfig } from './config.ts';

/** A receiver whose tenant `acme` has limits that can change. */
class Limited {
  readonly bench: ComponentBench;
  readonly #set: (limits: TenantLimits) => void;
  readonly #closing: (() => unknown)[] = [];

  constructor(bench: ComponentBench, set: (limits: TenantLimits) => void) {
    this.bench = bench;
    this.#set = set;
  }

  /** Changes the limits, as an administrator does while the process runs. */
  limit(limits: TenantLimits): void {
    this.#set(limits);
  }

  addressOf(protocol: string): string {
    const { host } = this.bench.service;
    return host.endpoints().find((endpoint) => endpoint.protocol === protocol)?.address ?? '';
  }

  /** Opens a connection that stays open, and returns a function that sends requests over it. */
  connect(protocol: 'http' | 'grpc'): (batch?: Batch) => Promise<Outcome> {
    const client =
      protocol === 'http'
        ? createHttpClient({ endpoint: `http://${this.addressOf('http')}`, maxConnections: 1 })
        : createGrpcClient({ endpoint: this.addressOf('grpc'), tls: { insecure: true } });
    this.#closing.push(() => client.shutdown());
    return ({ signal, parts } = sampleBatch('logs')) => client.export(signal, parts, { headers: ACME });
  }

  /** Closes connections, the oldest first. */
  async close(count = this.#closing.length): Promise<void> {
    for (const close of this.#closing.splice(0, count)) await close();
  }

  usage() {
    return this.bench.service.host.ingestUsage?.().find(({ tenant }) => tenant === 'acme');
  }
}

const ACME = { 'x-scope-orgid': 'acme' };

async function started(t: TestContext): Promise<Limited> {
  let limits: TenantLimits = {};
  const listeners = new Set<(name: string) => void>();
  const tenants: TenantDirectory = {
    get: (name) => (name === 'acme' ? { name, state: 'active', limits } : undefined),
    list: () => [{ name: 'acme', state: 'active', limits }],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const definition = defineExtension({
    ...{ summary: 'For tests.', stability: 'development', examples: [], config: z.object({}), runsIn: 'everyThread' },
    create: () => ({ offers: { tenants } }),
  });
  const bench = await createComponentBench(otlp, {
    config: { protocols: { grpc: { endpoint: '127.0.0.1:0' }, http: { endpoint: '127.0.0.1:0' } } },
    signals: ['logs', 'metrics'],
    tenants: { trusted_proxies: ['127.0.0.1'] },
    extensions: { identity: { definition, config: {} } },
  });
  const limited = new Limited(bench, (changed) => {
    limits = changed;
    for (const listener of listeners) listener('acme');
  });
  t.after(async () => {
    await limited.close();
    await bench.service.shutdown();
  });
  await bench.start();
  return limited;
}

function seriesOf(names: readonly string[]): Batch {
  const dataPoints = names.map((value) => ({ asInt: 1, attributes: [{ key: 'host', value: { stringValue: value } }] }));
  return batchOf('metrics', {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'load', gauge: { dataPoints } }] }] }],
  });
}

/** A limit, what uses `amount` of it, and what the client is told beyond it. */
interface LimitCase {
  readonly limits: TenantLimits;
  /** Uses an amount, and returns the outcome of the last request. */
  readonly use: (limited: Limited, amount: number) => Promise<Outcome>;
  /** The amounts below, at and above the limit, and whether the request is accepted. */
  readonly amounts: readonly (readonly [amount: number, isAccepted: boolean])[];
  readonly rejection: { readonly kind: Outcome['kind']; readonly reason: RegExp };
}

const SIZE = sampleBatch('logs').sizeBytes;
const ITEMS = sampleBatch('logs').itemCount;

async function connections(limited: Limited, protocol: 'http' | 'grpc', count: number): Promise<Outcome> {
  let last: Outcome = ACCEPTED;
  for (let i = 0; i < count; i++) last = await limited.connect(protocol)();
  return last;
}

/** Has all but one of a number of requests in flight, and sends that one. */
async function inFlight(limited: Limited, requests: number): Promise<Outcome> {
  const { bench } = limited;
  const held = Promise.withResolvers<Outcome>();
  bench.response = () => held.promise;
  const pending = Array.from({ length: requests - 1 }, () => limited.connect('http')());
  while (bench.received.length < requests - 1) await turn();
  bench.response = () => ACCEPTED;
  const last = await limited.connect('http')();
  held.resolve(ACCEPTED);
  await Promise.all(pending);
  return last;
}

/** Sends as many requests as `requests`, and one more. */
async function sent(limited: Limited, requests: number): Promise<Outcome> {
  const send = limited.connect('http');
  let last: Outcome = ACCEPTED;
  for (let i = 0; i <= requests; i++) last = await send();
  return last;
}

const CASES: Readonly<Record<string, LimitCase>> = {
  'connections over HTTP': {
    limits: { connections: 2 },
    use: (limited, amount) => connections(limited, 'http', amount),
    amounts: [
      [1, true],
      [2, true],
      [3, false],
    ],
    rejection: { kind: 'retry', reason: /tenant acme may have 2 open connections, and has more: reuse them/ },
  },
  'connections over gRPC': {
    limits: { connections: 2 },
    use: (limited, amount) => connections(limited, 'grpc', amount),
    amounts: [
      [1, true],
      [2, true],
      [3, false],
    ],
    rejection: { kind: 'retry', reason: /tenant acme may have 2 open connections, and has more: reuse them/ },
  },
  'active series': {
    limits: { activeSeries: 2 },
    use: (limited, amount) => limited.connect('http')(seriesOf(['a', 'b', 'c'].slice(0, amount))),
    amounts: [
      [1, true],
      [2, true],
      [3, false],
    ],
    rejection: { kind: 'partial', reason: /tenant acme may have 2 active series, .* or raise active_series/ },
  },
  'disk quota': {
    limits: { diskQuotaBytes: 1000 },
    use(limited, amount) {
      limited.bench.service.host.tenants?.stored('store', new Map([['acme', amount]]));
      return limited.connect('http')();
    },
    amounts: [
      [999, true],
      [1000, false],
      [1001, false],
    ],
    rejection: { kind: 'refused', reason: /has filled its disk quota, .* raise disk_quota_bytes, shorten the reten/ },
  },
  'disk quota over gRPC': {
    limits: { diskQuotaBytes: 1000 },
    use(limited, amount) {
      limited.bench.service.host.tenants?.stored('store', new Map([['acme', amount]]));
      return limited.connect('grpc')();
    },
    amounts: [
      [999, true],
      [1000, false],
    ],
    rejection: { kind: 'refused', reason: /tenant acme has filled its disk quota/ },
  },
  'bytes in flight': {
    limits: { bytesInFlight: 2 * SIZE },
    use: inFlight,
    amounts: [
      [1, true],
      [2, true],
      [3, false],
    ],
    rejection: { kind: 'retry', reason: /tenant acme may have .* in flight, and has more/ },
  },
  'items per second': {
    limits: { ingestItemsPerSecond: 2 * ITEMS },
    use: sent,
    amounts: [
      [1, true],
      [2, false],
    ],
    rejection: { kind: 'retry', reason: /tenant acme may send .* items per second, and sent more/ },
  },
  'bytes per second': {
    limits: { ingestBytesPerSecond: 2 * SIZE },
    use: sent,
    amounts: [
      [1, true],
      [2, false],
    ],
    rejection: { kind: 'retry', reason: /tenant acme may send .* per second, and sent more/ },
  },
};

for (const [name, { limits, use, amounts, rejection }] of Object.entries(CASES)) {
  test(`${name}: accepts below the limit and rejects above it, until it is removed`, async (t) => {
    for (const [amount, isAccepted] of amounts) {
      const limited = await started(t);
      limited.limit(limits);
      const outcome = await use(limited, amount);
      if (isAccepted) assert.deepEqual(outcome, ACCEPTED, `${amount}`);
      else {
        assert.equal(outcome.kind, rejection.kind, `${amount}`);
        assert.match('reason' in outcome ? outcome.reason : '', rejection.reason);
        assert.equal(limited.usage()?.rejectedRequests, 1);
        limited.limit({});
        assert.deepEqual(await limited.connect('http')(seriesOf(['x', 'y', 'z'])), ACCEPTED, 'after it was removed');
      }
      await limited.close();
      await limited.bench.service.shutdown();
    }
  });
}

test('closes a connection beyond the limit, and accepts another once one has closed', async (t) => {
  const limited = await started(t);
  limited.limit({ connections: 1 });
  const first = limited.connect('http');
  assert.deepEqual(await first(), ACCEPTED);
  const response = await fetch(`http://${limited.addressOf('http')}/v1/logs`, {
    ...{ method: 'POST', body: '{}', headers: { ...ACME, 'content-type': 'application/json' } },
  });
  assert.deepEqual([response.status, response.headers.get('connection')], [429, 'close']);
  assert.deepEqual(await first(), ACCEPTED, 'over the known connection');
  assert.equal(limited.usage()?.connections, 1);
  await limited.close();
  while (limited.usage()?.connections !== 0) await turn();
  assert.deepEqual(await limited.connect('grpc')(), ACCEPTED);
});

test('a full quota is told with its own status, over each protocol', async (t) => {
  const limited = await started(t);
  limited.limit({ diskQuotaBytes: 5_000_000 });
  limited.bench.service.host.tenants?.stored('one', new Map([['acme', 2_000_000]]));
  assert.deepEqual(await limited.connect('http')(), ACCEPTED);
  limited.bench.service.host.tenants?.stored('other', new Map([['acme', 3_000_000]]));
  const response = await fetch(`http://${limited.addressOf('http')}/v1/logs`, {
    ...{ method: 'POST', body: '{}', headers: { ...ACME, 'content-type': 'application/json' } },
  });
  assert.deepEqual([response.status, response.headers.get('retry-after')], [507, null]);
  assert.match(await response.text(), /tenant acme has filled its disk quota, 5MB of 5MB: raise disk_quota_bytes/);
  limited.bench.service.host.tenants?.stored('other', new Map());
  assert.deepEqual(await limited.connect('http')(), ACCEPTED, 'after files were removed');
});

test('accepts further series once others have had no points for a while, and always those that are known', async (t) => {
  const limited = await started(t);
  limited.limit({ activeSeries: 2 });
  const send = limited.connect('http');
  const rejected = async (names: readonly string[]) => {
    const outcome = await send(seriesOf(names));
    return outcome.kind === 'partial' ? outcome.rejectedItems : outcome.kind;
  };
  assert.equal(await rejected(['a', 'b']), 'accepted');
  assert.equal(await rejected(['a', 'b', 'c', 'd']), 2);
  assert.equal(await rejected(['c']), 1, 'a request of which nothing is left');
  assert.equal(limited.bench.received.length, 2);
  assert.equal(limited.usage()?.activeSeries, 2);
  await limited.bench.clock.advance(600_000);
  assert.equal(await rejected(['a']), 'accepted');
  await limited.bench.clock.advance(600_000);
  assert.equal(await rejected(['a', 'c']), 'accepted', 'b is no longer active');
  assert.equal(await rejected(['b']), 1);
  assert.deepEqual(await send(), ACCEPTED, 'other signals have no series');
  await limited.bench.clock.advance(6_000_000);
  assert.equal(await rejected(['e', 'f']), 'accepted');
  limited.limit({});
  assert.equal(limited.usage()?.activeSeries, 0);
});

test('refuses limits of zero, which would permit nothing', () => {
  const config = tenantsConfig();
  const names = Object.keys(config.unwrap().shape.limits.unwrap().shape);
  assert.ok(names.length > 10, names.join());
  for (const name of names) {
    const parsed = config.safeParse({ limits: { [name]: 0 } });
    assert.equal(parsed.success, false, name);
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    assert.throws(() => parseLimits([`${snake}=0`]), /expected/, name);
    assert.doesNotThrow(() => parseLimits([`${snake}=none`]), name);
  }
});
