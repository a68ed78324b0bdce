import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Reading, ReadingGroup } from '../scraping/reading.ts';
import type { ProcFiles } from './proc-files.ts';

/** Reads the values of one part of the system. */
export type Scraper = () => Promise<readonly ReadingGroup[]>;

/** What scrapers need. */
export interface ScrapeContext {
  readonly files: ProcFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reports whether a metric is collected, so that nothing is read for others. */
  isEnabled(metric: string): boolean;
}

/** Returns the group of a host, whose sums count from its start. */
export async function hostGroup({ files }: ScrapeContext, readings: readonly Reading[]): Promise<ReadingGroup[]> {
  return [{ resource: {}, startMillis: await files.bootMillis(), readings }];
}
