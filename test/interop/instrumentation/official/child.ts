/** Runs a program with the official instrumentation and SDK, and prints what they record: `node child.ts NAME SERVER`. */

import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { registerOfficial } from '../../../e2e/sdk-conformance/official-api.ts';
import { record } from './program.ts';
import { PROGRAMS } from './programs.ts';

const [, , name = '', server = ''] = process.argv;
const program = PROGRAMS[name];
if (program === undefined) throw new Error(`expected one of ${Object.keys(PROGRAMS).join(', ')}; got ${name}`);
const ended: ReadableSpan[] = [];
const tracerProvider = new TracerProvider({
  spanProcessors: [
    {
      onStart() {},
      onEnd: (span) => void ended.push(span),
      async forceFlush() {},
      async shutdown() {},
    },
  ],
});
const exporter = new InMemoryMetricExporter(1);
const meterProvider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
});
registerOfficial(tracerProvider);
const instrumentations = getNodeAutoInstrumentations({
  '@opentelemetry/instrumentation-http': { enabled: program.hasOwnServerSpans !== true },
});
registerInstrumentations({ instrumentations: [instrumentations], tracerProvider, meterProvider });
const result = await record(program, false, server, {
  options: { tracerProvider, meterProvider },
  ended: async () => ended.slice(),
  async metrics() {
    await meterProvider.forceFlush();
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  },
});
await meterProvider.shutdown();
process.stdout.write(JSON.stringify(result), () => process.exit());
