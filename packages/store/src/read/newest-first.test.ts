import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { createRandom } from '../columns/blast.testing.ts';
import type { Condition } from '../contract.ts';
import { createStoreReader, type StoreReader } from './reader.ts';
import { WrittenFiles } from './written.testing.ts';

const START = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const FILES = 8;
const SPANS_PER_FILE = 400;
const RANGE = { tenant: 'default', start: START, end: START + 1000n * SECOND } as const;

interface Span {
  readonly traceId: string;
  readonly start: bigint;
  readonly attributes: { readonly n: number };
}

/** Traces whose spans are up to a minute apart, so that many are in two files and some spans arrive late. */
function spansOf(random: () => number, file: number): readonly Span[] {
  return Array.from({ length: SPANS_PER_FILE }, (_, i) => {
    const late = random() % 50 === 0 ? BigInt(random() % 90) : 0n;
    return {
      traceId: ((random() % 40) + Math.floor((file * SPANS_PER_FILE + i) / 8))
        .toString(16)
        .padStart(16, 'a')
        .padEnd(32, 'b'),
      start: START + (BigInt(file * 100 + Math.floor(i / 4)) - late) * SECOND + BigInt(random() % 1_000_000_000),
      attributes: { n: random() % 100 },
    };
  });
}

describe('the newest of a large range', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-newest-'));
  const files = new WrittenFiles(directory);
  const all: Span[] = [];
  let reader: StoreReader;

  before(() => {
    const random = createRandom(3);
    for (let file = 0; file < FILES; file++) {
      const own = spansOf(random, file).filter(({ start }) => start >= START);
      all.push(...own);
      const spans = own.map(({ traceId, start, attributes }, i) => ({
        ...{ traceId, spanId: `${file}${i}`.padStart(16, '0'), name: 'work', attributes: keyValues(attributes) },
        ...{ startTimeUnixNano: `${start}`, endTimeUnixNano: `${start + 5n}` },
      }));
      files.append(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
      const logRecords = own.map(({ start, attributes }) => ({
        ...{ timeUnixNano: `${start}`, body: { stringValue: `at ${start}` }, attributes: keyValues(attributes) },
      }));
      files.append(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
      if (file < FILES - 1) files.cut();
    }
    reader = createStoreReader({ directory, access: files, countedRows: 500 });
  });
  after(async () => {
    await reader.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Returns the newest matching traces by their first matching span. */
  function expected(matches: (span: Span) => boolean, limit: number, end = RANGE.end): string[] {
    const first = new Map<string, bigint>();
    for (const span of all.filter((one) => matches(one) && one.start < end)) {
      const known = first.get(span.traceId);
      if (known === undefined || span.start < known) first.set(span.traceId, span.start);
    }
    const sorted = [...first].sort(([, a], [, b]) => (a > b ? -1 : 1));
    return sorted.slice(0, limit).map(([traceId]) => traceId);
  }

  const cases: readonly (readonly [string, readonly Condition[], (span: Span) => boolean])[] = [
    ['all', [], () => true],
    ['half', [{ field: 'attributes.n', op: '<', value: 50 }], ({ attributes }) => attributes.n < 50],
    ['few', [{ field: 'attributes.n', op: '=', value: 7 }], ({ attributes }) => attributes.n === 7],
    ['none', [{ field: 'attributes.n', op: '=', value: 1000 }], () => false],
  ];
  for (const [name, conditions, matches] of cases) {
    test(`traces: the same as without stopping early, where ${name} match`, async () => {
      for (const limit of [1, 5, 40, 2000]) {
        for (const end of [RANGE.end, START + 430n * SECOND]) {
          const { traces } = await reader.searchTraces({ ...RANGE, end, conditions, limit, orderBy: 'time' });
          const ids = traces.map(({ traceId }) => traceId);
          assert.deepEqual(ids, expected(matches, limit, end), `limit ${limit}, end ${end}`);
        }
      }
    });

    test(`log records: pages in both orders, where ${name} match`, async () => {
      for (const order of ['newest', 'oldest'] as const) {
        const times = all.filter(matches).map(({ start }) => start);
        const sorted = times.sort((a, b) => ((order === 'newest') === a > b ? -1 : 1));
        const found: bigint[] = [];
        for (let after: string | undefined; ; ) {
          const query = { ...RANGE, conditions, limit: 700, order, ...(after !== undefined && { after }) };
          const page = await reader.searchLogs(query);
          found.push(...page.map(({ time }) => time));
          if (page.length < 700) break;
          after = page.at(-1)?.cursor;
        }
        assert.deepEqual(found, sorted);
      }
    });
  }

  test('says whether all matching traces were counted', async () => {
    const query = { ...RANGE, conditions: [], orderBy: 'time' } as const;
    const few = await reader.searchTraces({ ...query, limit: 3 });
    assert.ok(few.totalIsLowerBound && few.total >= 3);
    const counted = await reader.searchTraces({ ...query, limit: 2000 });
    assert.deepEqual(
      [counted.total, counted.totalIsLowerBound],
      [new Set(all.map((span) => span.traceId)).size, undefined],
    );
  });

  test('does not read older files', async () => {
    for (const signal of ['traces', 'logs']) {
      const signalDirectory = join(directory, 'data', 'default', signal);
      const inOrder = readdirSync(signalDirectory).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
      for (const file of inOrder.slice(0, 3)) rmSync(join(signalDirectory, file));
    }
    const { traces } = await reader.searchTraces({ ...RANGE, conditions: [], limit: 20, orderBy: 'time' });
    assert.deepEqual(
      traces.map(({ traceId }) => traceId),
      expected(() => true, 20),
    );
    const logs = await reader.searchLogs({ ...RANGE, conditions: [], limit: 20, order: 'newest' });
    assert.equal(logs.length, 20);
  });
});
