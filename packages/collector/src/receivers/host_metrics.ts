import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { nowUnixNano } from '../metrics/now.ts';
import { checkHostMetrics } from './host_metrics/check.ts';
import { hostMetricsConfig } from './host_metrics/config.ts';
import { createScrapers } from './host_metrics/create-scrapers.ts';
import { ProcFiles } from './host_metrics/proc-files.ts';
import { ScrapingReceiver } from './scraping/scraping-receiver.ts';
import { writeReadings } from './scraping/write-readings.ts';

export const hostMetrics = defineReceiver({
  summary: 'Reads metrics of the host from /proc: processors, memory, disks, file systems, network and processes.',
  stability: 'alpha',
  runsIn: 'main',
  aliases: ['hostmetrics'],
  signals: ['metrics'],
  config: hostMetricsConfig,
  examples: [
    {
      title: 'The host',
      config: {
        collection_interval: '30s',
        scrapers: { cpu: {}, load: {}, memory: {}, disk: {}, filesystem: {}, network: {} },
      },
    },
    {
      title: 'The host of a container, with utilization and some processes',
      config: {
        root_path: '/hostfs',
        scrapers: {
          cpu: { metrics: { 'system.cpu.utilization': { enabled: true } } },
          filesystem: { exclude_fs_types: { match_type: 'regexp', fs_types: ['^(overlay|squashfs)$'] } },
          process: { include: { match_type: 'strict', names: ['nginx', 'postgres'] } },
        },
      },
    },
  ],
  describe: ({ scrapers }) => Object.keys(scrapers).join(', '),
  check: (config): readonly ConfigIssue[] => checkHostMetrics(config),
  create: (config, next, context) =>
    new ScrapingReceiver('host metrics', config, next, context, async () => {
      const { clock, logger } = context;
      const scrapers = await createScrapers(config.scrapers, { files: new ProcFiles(config.rootPath), clock, logger });
      return scrapers.map((scraper) => ({
        name: scraper.name,
        scrape: async () => writeReadings(scraper, await scraper.scrape(), nowUnixNano(clock)),
      }));
    }),
});
