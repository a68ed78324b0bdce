import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** File with the documents that the Collector sends for the cases. */
export const OUTCOMES: URL = new URL('outcomes.json.gz', import.meta.url);

/** The documents of a case. */
export interface ElasticOutcome {
  readonly name: string;
  readonly documents: readonly string[];
}

/** Reads the recorded outcomes. */
export function readOutcomes(): readonly ElasticOutcome[] {
  return JSON.parse(gunzipSync(readFileSync(OUTCOMES)).toString());
}
