import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit';
import { zipkin } from '../../../packages/collector/src/receivers/zipkin.ts';
import type { ReceiveCase } from './case.ts';
import { spanTexts } from './normalize.ts';
import { readRecording } from './records.ts';
import { zipkinCases } from './zipkin-cases.ts';

const benches = new Map<boolean, ComponentBench>();
before(async () => {
  for (const parse of [false, true]) {
    const config = { endpoint: '127.0.0.1:0', parse_string_tags: parse };
    const bench = await createComponentBench(zipkin, { config, startMillis: 1_790_000_000_000 });
    await bench.start();
    benches.set(parse, bench);
  }
});
after(() => Promise.all([...benches.values()].map((bench) => bench.service.shutdown())));

test('Zipkin requests become the spans that the Collector makes of them', async () => {
  const { names, outcomes } = readRecording('zipkin');
  const cases = zipkinCases();
  assert.deepEqual(
    names,
    cases.map(({ name }) => name),
    'the records are of other cases: run record.ts',
  );
  for (const [index, one] of cases.entries()) {
    const expected = outcomes[index];
    assert.deepEqual(
      { name: one.name, ...(await receive(one)) },
      { name: one.name, status: expected?.status, spans: spanTexts(expected?.request) },
    );
  }
});

async function receive({ parse = false, path = '', contentType = '', body }: ReceiveCase) {
  const bench = benches.get(parse);
  const [endpoint] = bench?.service.host.endpoints() ?? [];
  assert.ok(bench !== undefined && endpoint !== undefined);
  bench.received.length = 0;
  const init = { method: 'POST', headers: { 'content-type': contentType }, body: Buffer.from(body) };
  const response = await fetch(`http://${endpoint.address}${path}`, init);
  await response.text();
  const spans = bench.received.flatMap(({ parts }) =>
    parts.flatMap((part) => spanTexts(JSON.parse(requestToJson('traces', part)))),
  );
  return { status: response.status, spans };
}
