import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

/** Creates the scraper of load averages, which `perProcessor` divides by the number of logical processors. */
export function createLoadScraper(context: ScrapeContext, perProcessor: boolean): Scraper {
  const { files } = context;
  return async () => {
    const averages = (await files.text('/proc/loadavg')).split(' ').map(Number);
    const divisor = perProcessor ? Math.max(1, await files.processorCount()) : 1;
    const names = ['1m', '5m', '15m'];
    const readings = names.map((name, index) => ({
      metric: `system.cpu.load_average.${name}`,
      value: (averages[index] ?? 0) / divisor,
    }));
    return hostGroup(context, readings);
  };
}
