import { ignored, secret, z } from '../component/schema.ts';
import { viewsField } from './views.ts';

const seconds = (millis: number) => z.int().min(1).prefault(millis);

const prometheus = z
  .object({
    host: z.string().min(1).prefault('localhost').describe('Host name or address to listen on.'),
    port: z.int().min(0).max(65_535).prefault(8888).describe('Port to listen on.'),
    withoutScopeInfo: z.boolean().prefault(true).describe('Whether to leave out the labels of the scope.'),
    withoutUnits: z.boolean().prefault(true).describe('Whether to leave out the unit at the end of metric names.'),
    withoutTypeSuffix: z
      .boolean()
      .prefault(true)
      .describe('Whether to leave out `_total` at the end of counter names.'),
    withResourceConstantLabels: z
      .object({
        included: z.array(z.string()).optional().describe('Patterns of attribute names, such as `service.*`.'),
        excluded: z.array(z.string()).prefault([]).describe('Patterns of attribute names to leave out.'),
      })
      .optional()
      .describe('Resource attributes to add to every metric as labels. Default: none.'),
  })
  .describe('Serves the metrics at `/metrics`, in the Prometheus text format.');

/** The OTLP exporter of telemetry about the process. */
export const otlpExporter = z
  .object({
    protocol: z.enum(['grpc', 'http/protobuf']).describe('Protocol.'),
    endpoint: z.string().min(1).describe('Endpoint: a URL, over HTTP with its path, or `host:port`.'),
    insecure: z.boolean().prefault(false).describe('Whether to connect without TLS, if the endpoint has no scheme.'),
    certificate: z.string().min(1).optional().describe('PEM file with the CA certificates for the server certificate.'),
    clientCertificate: z.string().min(1).optional().describe('PEM file with the client certificate.'),
    clientKey: z.string().min(1).optional().describe('PEM file with the private key of the client certificate.'),
    headers: z
      .array(z.object({ name: z.string().min(1).describe('Name.'), value: secret().describe('Value.') }))
      .prefault([])
      .describe('Headers to send.'),
    compression: z.enum(['none', 'gzip']).prefault('none').describe('Compression of requests.'),
    timeout: seconds(10_000).describe('Timeout of a request, in milliseconds.'),
    temporalityPreference: ignored('the metrics are cumulative', { effective: 'cumulative' }),
    defaultHistogramAggregation: ignored('the metrics have no histograms'),
    headersList: ignored('set `headers`'),
  })
  .describe('Sends over OTLP.');

const reader = z
  .object({
    pull: z
      .object({ exporter: z.object({ prometheus }).describe('The format.') })
      .optional()
      .describe('Lets others scrape the metrics.'),
    periodic: z
      .object({
        interval: seconds(60_000).describe('Interval between exports, in milliseconds.'),
        timeout: ignored('`timeout` of the exporter limits a request', { schema: z.int() }),
        exporter: z
          .object({ otlp: otlpExporter.optional(), console: ignored('use `otlp`, or the `debug` exporter') })
          .describe('The destination.'),
      })
      .optional()
      .describe('Sends the metrics at an interval.'),
    producers: ignored('there are no other producers'),
  })
  .refine(({ pull, periodic }) => (pull === undefined) !== (periodic === undefined), {
    error: 'expected either pull or periodic',
  });

/** Returns the field `service.telemetry.metrics`, as in the Collector. */
export function metricsTelemetry() {
  return z
    .object({
      level: z
        .enum(['none', 'basic', 'normal', 'detailed'])
        .prefault('normal')
        .describe(
          'Level of detail: `basic` has receivers, exporters and the process, `normal` also processors and queues, `detailed` also the histograms of bytes, of batches in queues, and of the durations of HTTP requests and gRPC calls.',
        ),
      readers: z
        .array(reader)
        .prefault([])
        .describe('Where the metrics go. Default: nowhere. The Collector listens on port 8888 by default.'),
      views: viewsField(),
      address: ignored('set `readers`', { schema: z.string() }),
    })
    .prefault({})
    .describe("Metrics of the process, with the names of the Collector's own metrics.");
}

/** A reader in `service.telemetry.metrics.readers`. */
export type MetricsReader = z.output<typeof reader>;

/** The OTLP exporter of a periodic reader. */
export type OtlpReader = z.output<typeof otlpExporter>;
