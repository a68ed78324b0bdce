import type { Reading } from '../../scraping/reading.ts';
import { PAGE_BYTES } from '../proc-files.ts';
import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

/** Creates the scraper of memory. */
export function createMemoryScraper(context: ScrapeContext): Scraper {
  return async () => {
    const info = await context.files.numbers('/proc/meminfo');
    const bytes = (name: string): number => (info.get(name) ?? 0) * 1024;
    const total = bytes('MemTotal');
    const cached = bytes('Cached') + bytes('SReclaimable');
    const available = info.has('MemAvailable') ? bytes('MemAvailable') : cached + bytes('MemFree');
    const states: Readonly<Record<string, number>> = {
      used: total - available,
      free: bytes('MemFree'),
      buffered: bytes('Buffers'),
      cached,
      slab_reclaimable: bytes('SReclaimable'),
      slab_unreclaimable: bytes('SUnreclaim'),
    };
    const readings: Reading[] = Object.entries(states).flatMap(([state, value]) => [
      { metric: 'system.memory.usage', value, attributes: { state } },
      { metric: 'system.memory.utilization', value: total === 0 ? 0 : value / total, attributes: { state } },
    ]);
    readings.push(
      { metric: 'system.linux.memory.available', value: available },
      { metric: 'system.linux.memory.dirty', value: bytes('Dirty') },
      { metric: 'system.memory.limit', value: total },
      { metric: 'system.memory.linux.shared', value: bytes('Shmem') },
      { metric: 'system.memory.page_size', value: PAGE_BYTES },
      ...hugePages(info),
    );
    return hostGroup(context, readings);
  };
}

function hugePages(info: ReadonlyMap<string, number>): Reading[] {
  const pages = (name: string): number => info.get(`HugePages_${name}`) ?? 0;
  const [total, free] = [pages('Total'), pages('Free')];
  const prefix = 'system.memory.linux.hugepages';
  const key = `${prefix}.state`;
  const states = { free, used: total - free };
  return [
    { metric: `${prefix}.limit`, value: total },
    { metric: `${prefix}.page_size`, value: (info.get('Hugepagesize') ?? 0) * 1024 },
    { metric: `${prefix}.reserved`, value: pages('Rsvd') },
    { metric: `${prefix}.surplus`, value: pages('Surp') },
    ...Object.entries(states).flatMap(([state, value]) => [
      { metric: `${prefix}.usage`, value, attributes: { [key]: state } },
      ...(total === 0 ? [] : [{ metric: `${prefix}.utilization`, value: value / total, attributes: { [key]: state } }]),
    ]),
  ];
}
