import { enabledMetrics } from '../scraping/fields.ts';
import type { ScrapedMetric } from '../scraping/reading.ts';
import { type HostMetricsConfig, isAttributeEnabled } from './config.ts';
import { createFilter, type NameMatch } from './filter.ts';
import { HOST_METRICS, type ScraperName } from './metrics.ts';
import type { ScrapeContext, Scraper } from './reading.ts';

type Scrapers = HostMetricsConfig['scrapers'];

/** A scraper with its metrics. */
export interface NamedScraper {
  readonly name: ScraperName;
  readonly metrics: Readonly<Record<string, ScrapedMetric>>;
  readonly scrape: Scraper;
  isEnabled(metric: string): boolean;
}

/** Creates the configured scrapers. Their modules are loaded only then. */
export async function createScrapers(
  scrapers: Scrapers,
  context: Omit<ScrapeContext, 'isEnabled'>,
): Promise<NamedScraper[]> {
  const names = Object.keys(scrapers) as ScraperName[];
  const created = names.map(async (name): Promise<NamedScraper | undefined> => {
    const config = scrapers[name];
    if (config === undefined) return undefined;
    const metrics: Readonly<Record<string, ScrapedMetric>> = HOST_METRICS[name];
    const isEnabled = enabledMetrics(metrics, config.metrics);
    return { name, metrics, isEnabled, scrape: await createScraper(name, scrapers, { ...context, isEnabled }) };
  });
  return (await Promise.all(created)).filter((one) => one !== undefined);
}

async function createScraper(name: ScraperName, scrapers: Scrapers, context: ScrapeContext): Promise<Scraper> {
  switch (name) {
    case 'cpu':
      return (await import('./scrapers/cpu.ts')).createCpuScraper(context);
    case 'disk': {
      const { include, exclude } = scrapers.disk ?? {};
      return (await import('./scrapers/disk.ts')).createDiskScraper(
        context,
        createFilter(matchOf(include, include?.devices), matchOf(exclude, exclude?.devices)),
      );
    }
    case 'filesystem':
      return (await import('./scrapers/filesystem.ts')).createFilesystemScraper(context, filesystemOptions(scrapers));
    case 'load':
      return (await import('./scrapers/load.ts')).createLoadScraper(context, scrapers.load?.cpuAverage ?? false);
    case 'memory':
      return (await import('./scrapers/memory.ts')).createMemoryScraper(context);
    case 'network': {
      const { include, exclude } = scrapers.network ?? {};
      return (await import('./scrapers/network.ts')).createNetworkScraper(
        context,
        createFilter(matchOf(include, include?.interfaces), matchOf(exclude, exclude?.interfaces)),
      );
    }
    case 'paging':
      return (await import('./scrapers/paging.ts')).createPagingScraper(context);
    case 'process': {
      const { include, exclude, scrapeProcessDelay = 0, resourceAttributes = {} } = scrapers.process ?? {};
      return (await import('./scrapers/process.ts')).createProcessScraper(context, {
        isWanted: createFilter(matchOf(include, include?.names), matchOf(exclude, exclude?.names)),
        delayMillis: scrapeProcessDelay,
        isAttribute: (attribute) => isAttributeEnabled(resourceAttributes, attribute),
      });
    }
    case 'processes':
      return (await import('./scrapers/processes.ts')).createProcessesScraper(context);
    case 'system':
      return (await import('./scrapers/system.ts')).createSystemScraper(context);
  }
}

function filesystemOptions({ filesystem }: Scrapers) {
  const options: Partial<NonNullable<Scrapers['filesystem']>> = filesystem ?? {};
  return {
    hasVirtual: options.includeVirtualFilesystems ?? false,
    isDevice: createFilter(
      matchOf(options.includeDevices, options.includeDevices?.devices),
      matchOf(options.excludeDevices, options.excludeDevices?.devices),
    ),
    isType: createFilter(
      matchOf(options.includeFsTypes, options.includeFsTypes?.fsTypes),
      matchOf(options.excludeFsTypes, options.excludeFsTypes?.fsTypes),
    ),
    isMountPoint: createFilter(
      matchOf(options.includeMountPoints, options.includeMountPoints?.mountPoints),
      matchOf(options.excludeMountPoints, options.excludeMountPoints?.mountPoints),
    ),
  };
}

function matchOf(
  match: Pick<NameMatch, 'matchType'> | undefined,
  names: readonly string[] | undefined,
): NameMatch | undefined {
  return match === undefined ? undefined : { matchType: match.matchType, names: names ?? [] };
}
