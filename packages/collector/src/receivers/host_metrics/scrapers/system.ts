import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

/** Creates the scraper of the uptime. */
export function createSystemScraper(context: ScrapeContext): Scraper {
  return async () => {
    const uptime = Number((await context.files.text('/proc/uptime')).split(' ')[0]);
    return hostGroup(context, [{ metric: 'system.uptime', value: Math.trunc(uptime) }]);
  };
}
