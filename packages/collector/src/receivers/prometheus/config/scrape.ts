import { byteSize, duration, ignored, notYet, z } from '../../../component/schema.ts';
import { targetAllocatorField } from './allocator.ts';
import { discoveryFields } from './discovery.ts';
import { httpClientConfig } from './http-client.ts';
import { dataRecord } from './record.ts';
import { relabelConfigs } from './relabel.ts';

/** The formats that targets can be asked for. */
export const SCRAPE_PROTOCOLS = [
  ...(['PrometheusProto', 'OpenMetricsText1.0.0', 'OpenMetricsText0.0.1'] as const),
  ...(['PrometheusText1.0.0', 'PrometheusText0.0.4'] as const),
] as const;

/** A format that targets can be asked for. */
export type ScrapeProtocol = (typeof SCRAPE_PROTOCOLS)[number];

/** Returns the options that `global` and each scrape configuration have. */
function sharedFields() {
  const limit = (what: string) => z.int().min(0).optional().describe(`Maximum ${what}. 0 means no limit.`);
  return {
    scrapeInterval: duration().optional().describe('Interval between scrapes. Default: that of `global`, `1m`.'),
    scrapeTimeout: duration().optional().describe('Timeout of a scrape. Default: that of `global`, `10s`.'),
    scrapeProtocols: z
      .array(z.enum(SCRAPE_PROTOCOLS))
      .min(1)
      .optional()
      .describe('Formats to ask for, most wanted first.'),
    bodySizeLimit: byteSize().optional().describe('Maximum size of a page. 0 means no limit but 256 MiB.'),
    sampleLimit: limit('number of samples of a scrape'),
    targetLimit: limit('number of targets of a job'),
    labelLimit: limit('number of labels of a sample'),
    labelNameLengthLimit: limit('length of the name of a label'),
    labelValueLengthLimit: limit('length of the value of a label'),
    keepDroppedTargets: ignored('dropped targets are not kept', { schema: z.int() }),
    scrapeFailureLogFile: ignored('failures are logged', { schema: z.string() }),
    metricNameValidationScheme: z.enum(['utf8', 'legacy']).optional().describe('Which names are valid.'),
    metricNameEscapingScheme: z
      .enum(['allow-utf-8', 'underscores', 'dots', 'values'])
      .optional()
      .describe('How targets are asked to escape names.'),
    scrapeNativeHistograms: z.boolean().optional().describe('Whether to scrape native histograms.'),
    alwaysScrapeClassicHistograms: z
      .boolean()
      .optional()
      .describe('Whether to scrape the classic form of native histograms as well.'),
    convertClassicHistogramsToNhcb: ignored('OTLP has one form for classic histograms and those with custom buckets', {
      schema: z.boolean(),
    }),
    extraScrapeMetrics: z
      .boolean()
      .optional()
      .describe('Whether to report `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes`.'),
  } as const;
}

/** The schema of a scrape configuration. */
export const scrapeConfig = z.object({
  jobName: z.string().min(1).describe('Name of the job, the value of the label `job`.'),
  metricsPath: z.string().prefault('/metrics').describe('Path of the page.'),
  scheme: z.enum(['http', 'https']).prefault('http').describe('Scheme of requests.'),
  params: dataRecord(z.array(z.coerce.string())).prefault({}).describe('Query parameters of requests.'),
  honorLabels: z
    .boolean()
    .prefault(false)
    .describe('Whether labels of the page win over those of the target. Otherwise, they are renamed to `exported_…`.'),
  honorTimestamps: z.boolean().prefault(true).describe('Whether timestamps of the page are used.'),
  trackTimestampsStaleness: z
    .boolean()
    .prefault(false)
    .describe('Whether series with timestamps of their own become stale when they vanish.'),
  enableCompression: z.boolean().prefault(true).describe('Whether to ask for compressed pages.'),
  fallbackScrapeProtocol: z
    .enum(SCRAPE_PROTOCOLS)
    .prefault('PrometheusText0.0.4')
    .describe('Format of pages whose content type is missing or unknown.'),
  nativeHistogramBucketLimit: z
    .int()
    .min(0)
    .prefault(0)
    .describe('Maximum number of buckets of a native histogram; its resolution is reduced. 0 means no limit.'),
  nativeHistogramMinBucketFactor: z
    .number()
    .min(0)
    .prefault(0)
    .describe('Minimum factor from one bucket of a native histogram to the next.'),
  relabelConfigs: relabelConfigs('Rules that change or drop targets.'),
  metricRelabelConfigs: relabelConfigs('Rules that change or drop samples.'),
  ...sharedFields(),
  ...httpClientConfig(),
  ...discoveryFields(),
});

/** A scrape configuration. */
export type ScrapeConfig = z.output<typeof scrapeConfig>;

const globalConfig = z.object({
  externalLabels: dataRecord(z.coerce.string()).prefault({}).describe('Labels that every sample gets.'),
  evaluationInterval: ignored('there are no rules', { schema: z.string() }),
  ruleQueryOffset: ignored('there are no rules', { schema: z.string() }),
  queryLogFile: ignored('there are no queries', { schema: z.string() }),
  ...sharedFields(),
});

/** The configuration of the `prometheus` receiver. */
export const prometheusConfig = z.object({
  config: z
    .object({
      global: globalConfig.prefault({}).describe('Options for all scrape configurations.'),
      scrapeConfigs: z
        .array(scrapeConfig)
        .prefault([])
        .superRefine((jobs, issues) => {
          const names = jobs.map(({ jobName }) => jobName);
          const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
          if (twice < 0) return;
          const message = 'expected a job_name that no other scrape configuration has';
          issues.addIssue({ code: 'custom', path: [twice, 'jobName'], message, input: names[twice] });
        })
        .describe('The jobs: groups of targets that are scraped in the same way.'),
      scrapeConfigFiles: notYet('list them in `scrape_configs`').describe(
        'Files with scrape configurations. Not supported yet.',
      ),
    })
    .prefault({})
    .describe('The configuration as Prometheus has it.'),
  trimMetricSuffixes: z
    .boolean()
    .prefault(false)
    .describe('Whether to remove type and unit suffixes such as `_total` and `_seconds` from names.'),
  scrapeOnShutdown: z.boolean().prefault(false).describe('Whether to scrape all targets once more at shutdown.'),
  discoveryReloadOnStartup: ignored('targets are discovered at once', { schema: z.boolean(), effective: true }),
  initialScrapeOffset: duration().prefault('0s').describe('Delay before the first scrape of each target.'),
  useStartTimeMetric: ignored('use the processor `metric_start_time`, as with the Collector', {
    schema: z.boolean(),
    effective: false,
  }),
  startTimeMetricRegex: ignored('use the processor `metric_start_time`, as with the Collector', { schema: z.string() }),
  reportExtraScrapeMetrics: z.boolean().prefault(false).describe('Older form of `extra_scrape_metrics` for all jobs.'),
  targetAllocator: targetAllocatorField(),
  apiServer: ignored('`otelier` shows its pipelines on its own page'),
});

/** The configuration of the `prometheus` receiver. */
export type PrometheusConfig = z.output<typeof prometheusConfig>;
