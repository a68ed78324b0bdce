import { batchOf, createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { elasticsearch } from '../../../packages/collector/src/exporters/elasticsearch.ts';
import type { Comparison } from '../check.ts';
import { startOpenSearch } from './opensearch.ts';

const BATCHES = 10;
const BATCH_ITEMS = 100;
/** Log records whose field is no number, which the server rejects. */
const REJECTED = 7;

/** Indexes log records in a real OpenSearch, some of which it rejects, and counts them there. */
export async function compareWithOpenSearch(): Promise<Comparison> {
  const { port, ask, stop } = await startOpenSearch();
  const url = `http://127.0.0.1:${port}`;
  try {
    await ask('/app', 'PUT', { mappings: { properties: { 'Attributes.n': { type: 'integer' } } } });
    const bench = await createComponentBench(elasticsearch, {
      clock: systemClock,
      config: {
        endpoint: url,
        logs_index: 'app',
        mapping: { allowed_modes: ['none'] },
        sending_queue: { enabled: false },
      },
    });
    await bench.start();
    const outcomes: string[] = [];
    for (let batch = 0; batch < BATCHES; batch++) {
      const rejected = batch === 0 ? REJECTED : 0;
      const logRecords = Array.from({ length: BATCH_ITEMS }, (_, i) => ({
        timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(batch * BATCH_ITEMS + i)),
        body: { stringValue: `line ${batch} ${i}` },
        attributes: [{ key: 'n', value: i < rejected ? { stringValue: 'text' } : { intValue: String(i) } }],
      }));
      const outcome = await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
      outcomes.push(outcome.kind === 'partial' ? `partial ${outcome.rejectedItems}` : outcome.kind);
    }
    await bench.close();
    await ask('/app/_refresh', 'POST');
    const { count } = await ask('/app/_count');
    const expected = BATCHES * BATCH_ITEMS - REJECTED;
    const mismatches = [
      ...(count === expected ? [] : [`expected ${expected} documents, got ${String(count)}`]),
      ...outcomes.filter((outcome, i) => outcome !== (i === 0 ? `partial ${REJECTED}` : 'accepted')),
    ];
    return { compared: BATCHES * BATCH_ITEMS, mismatches };
  } finally {
    await stop();
  }
}
