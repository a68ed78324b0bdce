import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { fluentForward } from '../../../packages/collector/src/receivers/fluent_forward.ts';
import { portOf } from '../../../packages/collector/src/receivers/log_stream/read-records.testing.ts';
import { recordLines } from '../stanza/normalize.ts';
import { fluentCases } from './cases.ts';
import { readOutcomes } from './outcomes.ts';
import { send } from './send.ts';

test('fluent_forward receives the messages like the Collector', async () => {
  const bench = await createComponentBench(fluentForward, {
    config: { endpoint: '127.0.0.1:0' },
    clock: systemClock,
  });
  await bench.start();
  after(() => bench.close());
  const outcomes = readOutcomes();
  const cases = fluentCases();
  for (const [index, { name, message }] of cases.entries()) {
    const outcome = await send(portOf(bench), message);
    const requests = bench.received.splice(0).flatMap(({ parts }) => parts);
    const lines = recordLines(
      requests.map((part) => JSON.parse(requestToJson('logs', part))),
      'DIR',
    );
    assert.deepEqual({ name, outcome, lines }, outcomes[index]);
  }
  assert.equal(outcomes.length, cases.length, 'the records are of other cases: run record.ts');
});
