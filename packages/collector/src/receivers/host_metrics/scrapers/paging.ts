import type { Reading } from '../../scraping/reading.ts';
import { PAGE_BYTES } from '../proc-files.ts';
import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

/** Creates the scraper of swap space and paging. */
export function createPagingScraper(context: ScrapeContext): Scraper {
  const { files } = context;
  return async () => {
    const swaps = ((await files.optional('/proc/swaps')) ?? '').split('\n').slice(1);
    const readings = swaps.flatMap(swapReadings);
    const statistics = await files.numbers('/proc/vmstat');
    // The Collector multiplies all of these counts by the size of a page.
    const amount = (name: string): number => (statistics.get(name) ?? 0) * PAGE_BYTES;
    const operation = (direction: string, type: string, name: string): Reading => ({
      metric: 'system.paging.operations',
      value: amount(name),
      attributes: { direction, type },
    });
    const major = amount('pgmajfault');
    readings.push(
      operation('page_in', 'major', 'pswpin'),
      operation('page_out', 'major', 'pswpout'),
      operation('page_in', 'minor', 'pgpgin'),
      operation('page_out', 'minor', 'pgpgout'),
      { metric: 'system.paging.faults', value: major, attributes: { type: 'major' } },
      { metric: 'system.paging.faults', value: amount('pgfault') - major, attributes: { type: 'minor' } },
    );
    return hostGroup(context, readings);
  };
}

function swapReadings(line: string): Reading[] {
  const [device = '', , size, usedText] = line.split(/\s+/);
  if (device === '' || usedText === undefined) return [];
  const total = Number(size) * 1024;
  const used = Number(usedText) * 1024;
  return Object.entries({ used, free: total - used }).flatMap(([state, value]) => [
    { metric: 'system.paging.usage', value, attributes: { device, state } },
    { metric: 'system.paging.utilization', value: total === 0 ? 0 : value / total, attributes: { device, state } },
  ]);
}
