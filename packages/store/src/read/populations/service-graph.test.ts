import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { batchOf, keyValues, type SpanJson } from '@otelier/testkit';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { ServiceGraphEdge } from '../../populations/contract.ts';
import { createStoreReader, type StoreReader } from '../reader.ts';
import { WrittenFiles } from '../written.testing.ts';

const START = 1_790_000_000_000_000_000n;
const SEEDS = 8;
const KINDS = { INTERNAL: 1, SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 } as const;
const PEERS = [undefined, { 'db.system.name': 'redis' }, { 'peer.service': 'a' }, { 'server.address': 'x"; DROP' }];

interface TestSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly kind: keyof typeof KINDS;
  readonly durationNanos: number;
  readonly failed: boolean;
  readonly peer: Readonly<Record<string, string>> | undefined;
}

describe('the service graph', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-service-graph-'));
  const files = new WrittenFiles(directory);
  const spansOf = Array.from({ length: SEEDS }, (_, seed) => randomSpans(seed));
  let reader: StoreReader;

  before(() => {
    for (const [seed, spans] of spansOf.entries()) {
      const batch = batchOf('traces', { resourceSpans: spans.map(resourceSpans) });
      files.append({ ...batch, context: { ...batch.context, tenant: `seed${seed}` } });
    }
    reader = createStoreReader({ directory, access: files });
  });
  after(async () => {
    await reader.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const graph = async (tenant: string, limit = 1000) => {
    assert.ok(reader.populations);
    return reader.populations.serviceGraph({ tenant, start: START, end: START + 1_000_000_000_000n, limit });
  };

  for (let seed = 0; seed < SEEDS; seed += 1) {
    test(`has the calls between services and to peers, seed ${seed}`, async () => {
      const { edges, total, sampling } = await graph(`seed${seed}`);
      const expected = expectedEdges(spansOf[seed] ?? []);
      assert.deepEqual(edges.toSorted(byNames), expected.toSorted(byNames));
      assert.deepEqual([total, sampling], [expected.length, 1]);
    });
  }

  test('is limited to the edges with the most calls', async () => {
    const all = await graph('seed0');
    const some = await graph('seed0', 3);
    assert.deepEqual([some.edges, some.total], [all.edges.slice(0, 3), all.total]);
    assert.deepEqual(await graph('unknown'), { edges: [], total: 0, sampling: 1 });
  });
});

function randomSpans(seed: number): readonly TestSpan[] {
  const random = createRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  const spans: TestSpan[] = [];
  for (let index = 0; index < 120; index += 1) {
    const parent = index % 12 === 0 ? undefined : pick(spans.slice(index - (index % 12)));
    spans.push({
      service: pick(['a', 'b', 'c', "d'; --", '']),
      traceId: `${Math.floor(index / 12)}`.padStart(32, 'a'),
      spanId: `${index}`.padStart(16, 'b'),
      // Some parents were not received.
      parentSpanId: parent === undefined || random(10) === 0 ? 'f'.repeat(16) : parent.spanId,
      kind: pick(Object.keys(KINDS) as (keyof typeof KINDS)[]),
      durationNanos: random(1001),
      failed: random(4) === 0,
      peer: pick(PEERS),
    });
  }
  return spans;
}

function resourceSpans(span: TestSpan) {
  const start = START + 1000n;
  const json: SpanJson = {
    ...{ traceId: span.traceId, spanId: span.spanId, name: 'call', kind: KINDS[span.kind] },
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
    startTimeUnixNano: `${start}`,
    endTimeUnixNano: `${start + BigInt(span.durationNanos)}`,
    ...(span.peer !== undefined && { attributes: keyValues(span.peer) }),
    status: { code: span.failed ? 2 : 0 },
  };
  return {
    resource: { attributes: keyValues({ 'service.name': span.service }) },
    scopeSpans: [{ spans: [json] }],
  };
}

function expectedEdges(all: readonly TestSpan[]): readonly ServiceGraphEdge[] {
  const spans = all.filter(({ service }) => service !== '');
  const groups = new Map<string, { caller: string; called: string; attribute: string | undefined; by: TestSpan[] }>();
  const add = (caller: string, called: string, attribute: string | undefined, by: TestSpan): void => {
    const key = JSON.stringify([caller, called, attribute]);
    const group = groups.get(key) ?? { caller, called, attribute, by: [] };
    group.by.push(by);
    groups.set(key, group);
  };
  for (const span of spans) {
    const children = spans.filter((one) => one.traceId === span.traceId && one.parentSpanId === span.spanId);
    const served = children.filter((one) => one.service !== span.service);
    for (const child of served) add(span.service, child.service, undefined, child);
    const [peer] = Object.entries(span.peer ?? {});
    if (served.length === 0 && peer !== undefined && (span.kind === 'CLIENT' || span.kind === 'PRODUCER'))
      add(span.service, peer[1], peer[0], span);
  }
  return [...groups.values()].map(({ caller, called, attribute, by }) => {
    const durations = by.map(({ durationNanos }) => durationNanos).sort((a, b) => a - b);
    const quantile = (share: number) => durations[Math.max(0, Math.ceil(share * durations.length) - 1)] ?? 0;
    return {
      ...{ caller, called, ...(attribute !== undefined && { peerAttribute: attribute }) },
      isMessage: by.every(({ kind }) => kind === (attribute === undefined ? 'CONSUMER' : 'PRODUCER')),
      ...{ calls: by.length, errors: by.filter(({ failed }) => failed).length },
      ...{ p50: quantile(0.5), p95: quantile(0.95) },
    };
  });
}

function byNames(a: ServiceGraphEdge, b: ServiceGraphEdge): number {
  const [left, right] = [a, b].map((edge) => JSON.stringify([edge.caller, edge.called, edge.peerAttribute]));
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
