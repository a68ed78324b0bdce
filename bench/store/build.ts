/**
 * Builds a store of generated spans for `queries.ts`, with the public API: `node bench/store/build.ts DIR
 * [--spans 10000000] [--minutes 60] [--before 0]`. The spans are spread over the given minutes, which end now or
 * `--before` minutes ago.
 */
import { parseArgs } from 'node:util';
import { localContext } from '@otelier/otlp';
import { openStore } from '@otelier/store';
import { SPANS_PER_REQUEST, SpanGenerator } from './telemetry.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    spans: { type: 'string', default: '10000000' },
    minutes: { type: 'string', default: '60' },
    before: { type: 'string', default: '0' },
  },
});
const [directory] = positionals;
if (directory === undefined) throw new Error('expected the directory of the store to build');
const MINUTE_NANOS = 60_000_000_000n;
const requests = Math.ceil(Number(values.spans) / SPANS_PER_REQUEST);
const length = BigInt(Math.round(Number(values.minutes))) * MINUTE_NANOS;
const start = BigInt(Date.now()) * 1_000_000n - length - BigInt(Math.round(Number(values.before))) * MINUTE_NANOS;
const spacing = length / BigInt(requests);

const store = await openStore({
  directory,
  maxBytes: 60e9,
  onEvent: (event) => {
    if (event.kind === 'error') console.error(event.message);
  },
});
const generator = new SpanGenerator();
const began = performance.now();
const cpu = process.cpuUsage();
for (let i = 0; i < requests; i++) {
  const { bytes } = generator.next(start + spacing * BigInt(i), spacing);
  const batch = {
    ...({ signal: 'traces', parts: [bytes], itemCount: SPANS_PER_REQUEST, sizeBytes: bytes.length } as const),
    context: localContext(Date.now()),
  };
  for (let outcome = await store.append(batch); outcome.kind !== 'accepted'; outcome = await store.append(batch)) {
    if (outcome.kind !== 'retry') throw new Error(JSON.stringify(outcome));
    await store.flush();
  }
  // Waits for the store thread, which would otherwise fall behind the journal's limit.
  if (i % 500 === 499) await store.stats();
}
await store.flush();
const { sizeBytes } = await store.stats();
await store.close();
const spans = requests * SPANS_PER_REQUEST;
const { user, system } = process.cpuUsage(cpu);
console.log(
  `${spans} spans, ${(sizeBytes / spans).toFixed(1)} bytes per span, ${((performance.now() - began) / 1000).toFixed(0)} s, ` +
    `${((user + system) / 1e6).toFixed(0)} s of CPU time`,
);
