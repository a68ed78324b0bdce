import { compileRelabeling, type Relabeling } from '../labels/relabel.ts';
import type { PrometheusConfig, ScrapeConfig, ScrapeProtocol } from './scrape.ts';

/** A scrape configuration with all defaults applied. */
export interface Job {
  readonly config: ScrapeConfig;
  readonly name: string;
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
  readonly protocols: readonly ScrapeProtocol[];
  readonly escaping: string;
  readonly limits: Limits;
  readonly nativeHistograms: boolean;
  readonly classicHistograms: boolean;
  readonly extraMetrics: boolean;
  readonly relabeling: Relabeling;
  readonly metricRelabeling: Relabeling;
  readonly externalLabels: readonly (readonly [string, string])[];
}

/** The limits of a job. 0 means none. */
export interface Limits {
  readonly bodyBytes: number;
  readonly samples: number;
  readonly targets: number;
  readonly labels: number;
  readonly nameLength: number;
  readonly valueLength: number;
}

const DEFAULT_PROTOCOLS: readonly ScrapeProtocol[] = [
  ...(['OpenMetricsText1.0.0', 'OpenMetricsText0.0.1', 'PrometheusText1.0.0', 'PrometheusText0.0.4'] as const),
];

/** Returns the jobs of a configuration. */
export function jobsOf({ config, reportExtraScrapeMetrics }: PrometheusConfig): readonly Job[] {
  const { global } = config;
  return config.scrapeConfigs.map((job): Job => {
    const intervalMillis = job.scrapeInterval || global.scrapeInterval || 60_000;
    const timeoutMillis = job.scrapeTimeout || Math.min(global.scrapeTimeout || 10_000, intervalMillis);
    const nativeHistograms = job.scrapeNativeHistograms ?? global.scrapeNativeHistograms ?? false;
    const preferred: readonly ScrapeProtocol[] = nativeHistograms
      ? ['PrometheusProto', ...DEFAULT_PROTOCOLS]
      : DEFAULT_PROTOCOLS;
    const validation = job.metricNameValidationScheme ?? global.metricNameValidationScheme ?? 'utf8';
    return {
      config: job,
      name: job.jobName,
      intervalMillis,
      timeoutMillis,
      protocols: job.scrapeProtocols ?? global.scrapeProtocols ?? preferred,
      escaping:
        job.metricNameEscapingScheme ??
        global.metricNameEscapingScheme ??
        (validation === 'legacy' ? 'underscores' : 'allow-utf-8'),
      limits: {
        bodyBytes: job.bodySizeLimit || global.bodySizeLimit || 0,
        samples: job.sampleLimit || global.sampleLimit || 0,
        targets: job.targetLimit || global.targetLimit || 0,
        labels: job.labelLimit || global.labelLimit || 0,
        nameLength: job.labelNameLengthLimit || global.labelNameLengthLimit || 0,
        valueLength: job.labelValueLengthLimit || global.labelValueLengthLimit || 0,
      },
      nativeHistograms,
      classicHistograms: job.alwaysScrapeClassicHistograms ?? global.alwaysScrapeClassicHistograms ?? false,
      extraMetrics: reportExtraScrapeMetrics || (job.extraScrapeMetrics ?? global.extraScrapeMetrics ?? false),
      relabeling: compileRelabeling(job.relabelConfigs),
      metricRelabeling: compileRelabeling(job.metricRelabelConfigs),
      externalLabels: Object.entries(global.externalLabels),
    };
  });
}
