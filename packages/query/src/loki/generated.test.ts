import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestEntry, testEntries } from '@otelier/testkit/logql/entries';
import { generateLogQuery, generateMetric } from '@otelier/testkit/logql/generate';
import { bruteForceMetric, testLabelsKey } from '@otelier/testkit/logql/metrics';
import { bruteForceLog } from '@otelier/testkit/logql/pipeline';
import { printLogQuery, printMetric } from '@otelier/testkit/logql/query';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createRandom } from '@otelier/testkit/otlp/random';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

const START = 1_700_000_000n * 1_000_000_000n;
const SECOND = 1_000_000_000n;
const STEP = 45n * SECOND;
const STEPS = 6;
const ENTRIES = testEntries(createRandom(7), 250, START, SECOND - 1n);
const END = START + 250n * SECOND;

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const resourceLogs = ENTRIES.map((entry) => ({
    resource: { attributes: resourceOf(entry) },
    scopeLogs: [
      {
        logRecords: [
          {
            timeUnixNano: `${entry.time}`,
            body: { stringValue: entry.line },
            attributes: keyValues({ ...entry.metadata }),
          },
        ],
      },
    ],
  }));
  await server.store.append(batchOf('logs', { resourceLogs }));
});
after(() => server.shutdown(0));

function resourceOf({ stream }: TestEntry) {
  const { service_name: service, k8s_namespace_name: namespace } = stream;
  return keyValues({
    ...(service !== 'unknown_service' && { 'service.name': service ?? '' }),
    ...(namespace !== undefined && { 'k8s.namespace.name': namespace }),
  });
}

interface Result {
  readonly data: {
    readonly result: readonly {
      readonly stream?: Record<string, string>;
      readonly metric?: Record<string, string>;
      readonly values: readonly (readonly [number | string, string])[];
    }[];
  };
}

async function run(parameters: Record<string, string>): Promise<Result['data']['result']> {
  const response = await fetch(`${server.url}/loki/api/v1/query_range?${new URLSearchParams(parameters)}`);
  const text = await response.text();
  assert.equal(response.status, 200, `${parameters['query']}\n${text}`);
  return (JSON.parse(text) as Result).data.result;
}

/** Removes the details of errors, which only the product has. */
function withoutDetails({ __error_details__: _, ...labels }: Record<string, string>): Record<string, string> {
  return labels;
}

test('160 generated log queries have the results of a brute-force evaluation', async () => {
  const random = createRandom(1);
  let found = 0;
  for (let number = 0; number < 160; number++) {
    const query = generateLogQuery(random);
    const text = printLogQuery(query);
    const streams = await run({ query: text, start: `${START}`, end: `${END}`, limit: '1000', direction: 'forward' });
    const actual = streams.flatMap(({ stream = {}, values }) =>
      values.map(([time, line]) => `${time} ${testLabelsKey(withoutDetails(stream))} ${line}`),
    );
    const expected = bruteForceLog(query, ENTRIES).map(
      ({ time, labels, line }) => `${time} ${testLabelsKey(labels)} ${line}`,
    );
    assert.deepEqual(actual.sort(), expected.sort(), text);
    found += Number(expected.length > 0);
  }
  assert.ok(found > 80, `${found} queries find something`);
});

test('160 generated metric queries have the results of a brute-force evaluation', async () => {
  const random = createRandom(2);
  let found = 0;
  for (let number = 0; number < 160; number++) {
    const query = generateMetric(random);
    const text = printMetric(query);
    const start = START + 100n * SECOND;
    const end = start + STEP * BigInt(STEPS - 1);
    const matrix = await run({ query: text, start: `${start}`, end: `${end}`, step: '45' });
    const actual = new Map(
      matrix.flatMap(({ metric = {}, values }) =>
        values.map(([time, value]) => [`${time} ${testLabelsKey(metric)}`, Number(value)] as const),
      ),
    );
    const expected = new Map<string, number>();
    for (let step = 0n; step < STEPS; step++) {
      const time = start + step * STEP;
      for (const { labels, value } of bruteForceMetric(query, ENTRIES, time)) {
        expected.set(`${time / SECOND} ${testLabelsKey(labels)}`, value);
      }
    }
    compare(actual, expected, text);
    found += Number(expected.size > 0);
  }
  assert.ok(found > 80, `${found} queries find something`);
});

function compare(actual: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>, text: string): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort(), text);
  for (const [key, value] of expected) {
    const found = actual.get(key) ?? Number.NaN;
    const isEqual = Object.is(found, value) || Math.abs(found - value) <= 1e-9 * Math.max(1, Math.abs(value));
    assert.ok(isEqual, `${text}\n${key}: expected ${value}, got ${found}`);
  }
}
