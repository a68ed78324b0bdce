import type { Reading } from '../../scraping/reading.ts';
import type { NameFilter } from '../filter.ts';
import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

const SECTOR_BYTES = 512;

/** Creates the scraper of the input and output of disks. */
export function createDiskScraper(context: ScrapeContext, isWanted: NameFilter): Scraper {
  return async () => {
    const lines = await context.files.lines('/proc/diskstats');
    return hostGroup(
      context,
      lines.flatMap((line) => readingsOf(line, isWanted)),
    );
  };
}

function readingsOf(line: string, isWanted: NameFilter): Reading[] {
  const [, , device = '', ...texts] = line.trim().split(/\s+/);
  const numbers = texts.map(Number);
  const at = (index: number): number => numbers[index] ?? 0;
  const isIdle = numbers.slice(0, 11).every((one) => one === 0);
  if (numbers.length < 11 || isIdle || !isWanted(device)) return [];
  const both = (metric: string, read: number, write: number): Reading[] => [
    { metric, value: read, attributes: { device, direction: 'read' } },
    { metric, value: write, attributes: { device, direction: 'write' } },
  ];
  return [
    ...both('system.disk.io', at(2) * SECTOR_BYTES, at(6) * SECTOR_BYTES),
    ...both('system.disk.operations', at(0), at(4)),
    { metric: 'system.disk.io_time', value: at(9) / 1000, attributes: { device } },
    ...both('system.disk.operation_time', at(3) / 1000, at(7) / 1000),
    { metric: 'system.disk.weighted_io_time', value: at(10) / 1000, attributes: { device } },
    { metric: 'system.disk.pending_operations', value: at(8), attributes: { device } },
    ...both('system.disk.merged', at(1), at(5)),
  ];
}
