import { countItems, localContext, requestFromJson, type Signal } from '@otelier/otlp';
import { batchOf, createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { elasticsearch } from '../../../packages/collector/src/exporters/elasticsearch.ts';
import { opensearch } from '../../../packages/collector/src/exporters/opensearch.ts';
import type { Comparison } from '../check.ts';
import { elasticCases } from './cases.ts';
import { type OpenSearch, startOpenSearch } from './opensearch.ts';

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

const MODES = ['ss4o', 'otel-v1', 'ecs', 'flatten_attributes', 'bodymap'];
const MAPPINGS = { dynamic: false, properties: { '@timestamp': { type: 'date_nanos' } } };
const SIGNALS: readonly Signal[] = ['logs', 'metrics', 'traces'];

/**
 * Indexes generated telemetry in a real OpenSearch in all mapping modes, and counts the documents there: each item has to
 * be one, or has to be reported as rejected.
 */
export async function compareOpenSearchModes(): Promise<Comparison> {
  const server = await startOpenSearch();
  const mismatches: string[] = [];
  let compared = 0;
  try {
    for (const mode of MODES)
      for (const signal of SIGNALS) {
        // The generated attributes have values of all types, which dynamic mappings would reject.
        await server.ask(`/${indexName(mode, signal)}`, 'PUT', { mappings: MAPPINGS });
        const { items, rejected, reasons } = await indexCases(server, mode, signal);
        await server.ask(`/${indexName(mode, signal)}/_refresh`, 'POST');
        const { count = 0 } = await server.ask(`/${indexName(mode, signal)}/_count`);
        compared += items;
        if (count !== items - rejected)
          mismatches.push(`${mode}, ${signal}: expected ${items} - ${rejected} documents, got ${String(count)}`);
        for (const reason of reasons) if (!isExpected(reason)) mismatches.push(`${mode}, ${signal}: ${reason}`);
      }
  } finally {
    await server.stop();
  }
  return { compared, mismatches };
}

/** Reports whether an item is rejected because its mapping mode does not have it. */
function isExpected(reason: string): boolean {
  return /^the mapping mode |^body: expected a map/.test(reason);
}

function indexName(mode: string, signal: Signal): string {
  return `${mode.replaceAll('_', '-')}-${signal}`;
}

async function indexCases({ port }: OpenSearch, mode: string, signal: Signal) {
  const bench = await createComponentBench(opensearch, {
    clock: systemClock,
    config: {
      http: { endpoint: `http://127.0.0.1:${port}`, compression: 'gzip' },
      [`${signal}_index`]: indexName(mode, signal),
      mapping: { mode },
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    },
  });
  await bench.start();
  const result = { items: 0, rejected: 0, reasons: new Set<string>() };
  for (const { signal: own, request } of elasticCases()) {
    if (own !== signal) continue;
    const encoded = requestFromJson(signal, JSON.stringify(request));
    if (!encoded.ok) throw new Error(`expected a request of ${signal}, got ${encoded.reason}`);
    const { bytes } = encoded;
    const itemCount = countItems(signal, bytes);
    if (itemCount === 0) continue;
    const batch = { signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) };
    const outcome = await bench.send(batch);
    result.items += itemCount;
    if (outcome.kind !== 'accepted') result.reasons.add(outcome.reason);
    if (outcome.kind === 'partial') result.rejected += outcome.rejectedItems;
    else if (outcome.kind !== 'accepted') result.rejected += itemCount;
  }
  await bench.close();
  return result;
}
