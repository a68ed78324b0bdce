import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Exporter, SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import { every, type PeriodicTask } from '../component/every.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { checkServer, serverAuth, serverOptions } from '../component/fields/server.ts';
import { serverTls } from '../component/fields/tls.ts';
import { duration, ignored, z } from '../component/schema.ts';
import { createNaming, namingFields } from '../prometheus/naming.ts';
import { forEachExportedPoint } from '../prometheus/points.ts';
import { Accumulator } from './prometheus/accumulate.ts';
import { familiesOf, type ServedFamily } from './prometheus/families.ts';
import { encodeProtobuf } from './prometheus/protobuf.ts';
import { type ExposedFormat, openPageServer } from './prometheus/server.ts';
import { encodeText } from './prometheus/text.ts';

const config = z.object({
  endpoint: listenEndpoint().describe('Address to listen on: `host:port` or `unix:/path`. The page is `/metrics`.'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  auth: serverAuth(),
  ...namingFields(),
  constLabels: z.record(z.string(), z.string()).prefault({}).describe('Labels of every metric.'),
  sendTimestamps: z.boolean().prefault(false).describe('Whether samples have the times of their points.'),
  metricExpiration: duration().prefault('5m').describe('Time after its last point for which a series is served.'),
  enableOpenMetrics: z
    .boolean()
    .prefault(false)
    .describe('Whether to serve OpenMetrics, which has exemplars, to clients that ask for it.'),
  withoutScopeInfo: z.boolean().prefault(false).describe('Whether to leave out the labels `otel_scope_…`.'),
  sendingQueue: ignored('points are accepted at once'),
  maxRequestBodySize: ignored('requests have no body', { schema: z.int() }),
  includeMetadata: ignored('requests carry no telemetry', { schema: z.boolean(), effective: false }),
  compressionAlgorithms: ignored('pages are compressed with gzip if a client accepts it'),
  cors: ignored('pages are not read by browsers'),
  responseHeaders: ignored('pages need none'),
  readTimeout: ignored('requests have no body', { schema: z.string() }),
  readHeaderTimeout: ignored('that of Node.js applies, 60 seconds', { schema: z.string() }),
  writeTimeout: ignored('pages are written at once', { schema: z.string() }),
  idleTimeout: ignored('that of Node.js applies, 5 seconds', { schema: z.string() }),
  keepAlivesEnabled: ignored('connections are kept open', { schema: z.boolean(), effective: true }),
});

type Config = z.output<typeof config>;

export const prometheus = defineExporter({
  summary: 'Serves metrics as a page that Prometheus scrapes: text, OpenMetrics and protobuf.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A page for Prometheus', config: { endpoint: '127.0.0.1:8889' } },
    {
      title: 'With a prefix, resource attributes and exemplars',
      config: {
        endpoint: '127.0.0.1:8889',
        namespace: 'shop',
        const_labels: { region: 'eu' },
        resource_to_telemetry_conversion: { enabled: true },
        enable_open_metrics: true,
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (options, use) => checkServer(options, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create: (options, context) => new PrometheusExporter(options, context),
});

class PrometheusExporter implements Exporter {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #accumulator: Accumulator;
  readonly #naming: ReturnType<typeof createNaming>;
  readonly #expiring: PeriodicTask;
  readonly #conflicts = new Set<string>();
  readonly #release: (() => Promise<void> | void)[] = [];

  constructor(options: Config, context: SignalContext) {
    this.#config = options;
    this.#context = context;
    this.#accumulator = new Accumulator(options.metricExpiration);
    this.#naming = createNaming(options);
    const interval = Math.max(1000, options.metricExpiration);
    this.#expiring = every(context, interval, () => this.#accumulator.expire(context.clock.monotonic()));
  }

  async start(): Promise<void> {
    const { host, id: component } = this.#context;
    const { endpoint, enableOpenMetrics } = this.#config;
    const socket = await host.listen(endpoint, { component, protocol: 'http' });
    this.#release.push(() => socket.release());
    const options = serverOptions(this.#config, this.#context);
    const render = (format: ExposedFormat) => this.#render(format);
    this.#release.unshift(openPageServer({ ...options, hasOpenMetrics: enableOpenMetrics, render }, socket.listener));
    await this.#expiring.start();
  }

  consume(batch: Batch): Outcome {
    const now = this.#context.clock.monotonic();
    let rejected = 0;
    for (const part of batch.parts) {
      forEachExportedPoint(part, (point) => {
        if (!this.#accumulator.add(point, now)) rejected += 1;
      });
    }
    if (rejected > 0) this.#context.dropped(rejected, 'not_cumulative');
    return ACCEPTED;
  }

  async shutdown(): Promise<void> {
    await this.#expiring.shutdown();
    for (const release of this.#release.splice(0)) await release();
  }

  #render(format: ExposedFormat): string | Uint8Array {
    const { sendTimestamps } = this.#config;
    const families = this.#families();
    if (format === 'protobuf') return encodeProtobuf(families, sendTimestamps);
    return encodeText(families, { isOpenMetrics: format === 'openMetrics', sendTimestamps });
  }

  #families(): readonly ServedFamily[] {
    const { constLabels, withoutScopeInfo } = this.#config;
    return familiesOf(this.#accumulator.points(this.#context.clock.monotonic()), {
      naming: this.#naming,
      externalLabels: constLabels,
      withoutScope: withoutScopeInfo,
      onConflict: (name, used, ignoredType) => {
        if (this.#conflicts.has(name) || this.#conflicts.size > 1000) return;
        this.#conflicts.add(name);
        this.#context.logger.warn(
          { metric: name, used, ignored: ignoredType },
          'metric ignored: its name has another type',
        );
      },
    });
  }
}
