import type { Reading } from '../../scraping/reading.ts';
import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

/** Statuses by the letters of `/proc/<pid>/stat`. */
const STATUSES: Readonly<Record<string, string>> = {
  D: 'blocked',
  I: 'idle',
  L: 'locked',
  R: 'running',
  S: 'sleeping',
  T: 'stopped',
  t: 'stopped',
  W: 'paging',
  Z: 'zombies',
};

/** Creates the scraper that counts processes by status. */
export function createProcessesScraper(context: ScrapeContext): Scraper {
  const { files } = context;
  return async () => {
    const ids = await files.processIds();
    const counts = new Map<string, number>();
    const add = (status: string): void => void counts.set(status, (counts.get(status) ?? 0) + 1);
    for (const id of ids) {
      const stat = await files.optional(`/proc/${id}/stat`);
      // A process may end while the others are read.
      if (stat !== undefined) add(STATUSES[stat.slice(stat.lastIndexOf(')') + 2).charAt(0)] ?? 'unknown');
    }
    const statistics = await files.numbers('/proc/stat');
    counts.set('blocked', statistics.get('procs_blocked') ?? 0);
    counts.set('running', statistics.get('procs_running') ?? 0);
    const known = [...counts.values()].reduce((sum, one) => sum + one, 0);
    if (ids.length > known) counts.set('unknown', ids.length - known);
    const readings: Reading[] = [...counts].map(([status, value]) => ({
      metric: 'system.processes.count',
      value,
      attributes: { status },
    }));
    readings.push({ metric: 'system.processes.created', value: statistics.get('processes') ?? 0 });
    return hostGroup(context, readings);
  };
}
