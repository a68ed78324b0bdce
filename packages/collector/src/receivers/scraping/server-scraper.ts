import type { ComponentContext, Receiver, SignalConsumers } from '../../component/contract.ts';
import { nowUnixNano } from '../../metrics/now.ts';
import { enabledMetrics, metricsField, resourceAttributesField, scrapingFields } from './fields.ts';
import type { ReadingGroup, ScrapedMetric } from './reading.ts';
import { type ReportFailure, type ScrapeSchedule, ScrapingReceiver } from './scraping-receiver.ts';
import { writeReadings } from './write-readings.ts';

/** What can be read of a kind of server. */
export interface ServerMetrics {
  readonly metrics: Readonly<Record<string, ScrapedMetric>>;
  /** Attributes of resources, and whether they have them by default. Resources have all others that a scraper reads. */
  readonly resourceAttributes: Readonly<Record<string, boolean>>;
}

/** Values of a server, or of a part of it. */
export interface ServerGroup extends Omit<ReadingGroup, 'startMillis'> {
  /** Time since which sums count. Default: since the start of the receiver. */
  readonly ageMillis?: number;
}

/** Reads the metrics of one server. */
export interface ServerScraper {
  /** Rejects if nothing can be read. `signal` aborts at the timeout, and when the receiver stops. */
  scrape(signal: AbortSignal, fail: ReportFailure): Promise<readonly ServerGroup[]>;
  /** Closes its connections. */
  shutdown?(): Promise<void>;
}

/** Returns the fields of a receiver that reads the metrics of a server. */
export function serverScraperFields({ metrics, resourceAttributes }: ServerMetrics) {
  return {
    ...scrapingFields(),
    metrics: metricsField(metrics),
    resourceAttributes: resourceAttributesField(resourceAttributes),
  };
}

type Enabled = Readonly<Record<string, { readonly enabled?: boolean | undefined }>>;

/** Options for `createServerScraper`. */
export interface ServerScraperOptions {
  /** Names the server in logs. */
  readonly server: string;
  readonly known: ServerMetrics;
  readonly config: ScrapeSchedule & { readonly metrics: Enabled; readonly resourceAttributes: Enabled };
  readonly next: SignalConsumers;
  readonly context: ComponentContext;
  /** Loads the scraper when the receiver starts. */
  open(isEnabled: (metric: string) => boolean): Promise<ServerScraper>;
}

/** Creates a receiver that reads the metrics of a server at an interval. */
export function createServerScraper(options: ServerScraperOptions): Receiver {
  const { server, known, config, next, context, open } = options;
  const { metrics, resourceAttributes } = known;
  const isEnabled = enabledMetrics(metrics, config.metrics);
  const wanted = { metrics, isEnabled };
  const hasAttribute = (name: string): boolean =>
    config.resourceAttributes[name]?.enabled ?? resourceAttributes[name] ?? true;
  return new ScrapingReceiver(`metrics of ${server}`, config, next, context, async () => {
    const scraper = await open(isEnabled);
    const startMillis = context.clock.now();
    return [
      {
        name: server,
        scrape: async (signal, fail) => {
          const groups = await scraper.scrape(signal, fail);
          const shown = groups.map(({ resource, readings, ageMillis }) => ({
            readings,
            startMillis: ageMillis === undefined ? startMillis : context.clock.now() - ageMillis,
            resource: Object.fromEntries(Object.entries(resource).filter(([name]) => hasAttribute(name))),
          }));
          return writeReadings(wanted, shown, nowUnixNano(context.clock));
        },
        shutdown: async () => scraper.shutdown?.(),
      },
    ];
  });
}
