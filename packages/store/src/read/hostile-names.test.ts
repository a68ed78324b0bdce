import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { KeyValueJson, TracesJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { openStore } from '../open.ts';

/** Keys that every span has, so that each key that can get a column does. */
const KEYS = [
  ...['userId', 'userid', 'USERID', 'user.id', 'user_id', '^user', 'É', 'é', 'K', '\u212a'],
  ...['__proto__', 'constructor', 'toString', '', ' ', '\0', 'a\0b', '\ufeff', '\ufeffuserId', "it's", '"', '\\', '\n'],
  ...['x'.repeat(256), 'x'.repeat(20_000), 'select', '*', '%', 'a#s', 'attrs', '日本語', '\u202e', '\u{10ffff}'],
];
const TRACE = 'ab'.repeat(16);
const attributes: readonly KeyValueJson[] = KEYS.map((key, i) => ({
  key,
  value: i % 2 === 0 ? { stringValue: `\ufeff${i}` } : { intValue: String(i) },
}));
const doubles: readonly KeyValueJson[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0.5].map(
  (value, i) => ({ key: `double${i}`, value: { doubleValue: value } }),
);
const shown = Object.fromEntries(KEYS.map((key, i) => [key, i % 2 === 0 ? `\ufeff${i}` : i]));

let directory: string;
const requests: TracesJson[] = [1, 2].map((id) => ({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: TRACE,
              spanId: `0${id}`.repeat(8),
              name: 'n',
              startTimeUnixNano: `${id}000000000`,
              endTimeUnixNano: `${id}000000001`,
              attributes: [...attributes, ...doubles],
            },
          ],
        },
      ],
    },
  ],
}));

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otelier-names-'));
});
after(() => rm(directory, { recursive: true }));

describe('attribute keys that break SQL, objects or column names', () => {
  for (const flush of [false, true]) {
    test(`are returned and exported unchanged, ${flush ? 'from files' : 'from memory'}`, async () => {
      await using store = await opened(`store-${flush}`);
      for (const request of requests) await store.append(batchOf('traces', request));
      if (flush) await store.flush();
      const spans = (await Array.fromAsync(store.trace({ tenant: 'default', traceId: TRACE }))).flat();
      assert.equal(spans.length, 2);
      for (const span of spans) {
        for (const key of KEYS) assert.ok(Object.hasOwn(span.attributes, key), JSON.stringify(key.slice(0, 20)));
        const entries = Object.entries(span.attributes).slice(0, KEYS.length);
        assert.deepEqual(
          entries,
          KEYS.map((key) => [key, shown[key]]),
        );
      }
      const exported: TracesJson[] = [];
      for await (const bytes of store.export({ tenant: 'default', signal: 'traces' })) {
        exported.push(decodeRequest('traces', bytes));
      }
      const lists = exported.flatMap(({ resourceSpans = [] }) =>
        resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans: list = [] }) => list)),
      );
      assert.deepEqual(
        lists.map((span) => span.attributes),
        requests.map(() =>
          [...attributes, ...doubles].map((entry) => (entry.key === '' ? { value: entry.value } : entry)),
        ),
      );
    });
  }

  test('can be read by SQL, one at a time and together', async () => {
    await using store = await opened('store-sql');
    for (const request of requests) await store.append(batchOf('traces', request));
    const sql = async (statement: string) => (await store.sql?.query({ tenant: 'default', statement }))?.rows ?? [];
    const infinite = { double0: 'NaN', double1: 'Infinity', double2: '-Infinity', double3: 0, double4: 0.5 };
    const [[all] = []] = await sql('select attributes from spans limit 1');
    assert.deepEqual(new Map(Object.entries(all as object)), new Map(Object.entries({ ...shown, ...infinite })));
    // SQL text ends at a NUL, and DuckDB treats quotation marks, backslashes and `*` as parts of a path.
    for (const key of KEYS.filter((one) => !['', '"', '\\', '*'].includes(one) && !one.includes('\0'))) {
      const [row] = await sql(`select attributes->>'${key.replaceAll("'", "''")}' from spans limit 1`);
      assert.deepEqual(row, [String(shown[key])], JSON.stringify(key.slice(0, 20)));
    }
    assert.deepEqual(await sql("select to_json('NaN'::double)"), [['NaN']]);
    assert.deepEqual(await sql("select attributes->>'double0', attributes->>'double2' from spans limit 1"), [
      ['NaN', '-Infinity'],
    ]);
  });
});

async function opened(name: string) {
  const store = await openStore({ directory: join(directory, name), retentionMillis: Number.POSITIVE_INFINITY });
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
