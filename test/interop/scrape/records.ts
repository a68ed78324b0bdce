import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

/** What the Collector made of the pages of a case: the points of each scrape. */
export interface ScrapeRecord {
  readonly name: string;
  readonly job: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  /** The pages in base64. */
  readonly pages: readonly string[];
  readonly scrapes: readonly (readonly string[])[];
}

const FILE = new URL('records/scrape.json.gz', import.meta.url);

/** Reads the recorded results. */
export function readRecords(): readonly ScrapeRecord[] {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString('utf8'));
}

/** Writes the recorded results. */
export function writeRecords(records: readonly ScrapeRecord[]): void {
  writeFileSync(FILE, gzipSync(JSON.stringify(records), { level: 9 }));
}
