import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** File with what the Collector made of the cases. */
export const OUTCOMES: URL = new URL('outcomes.json.gz', import.meta.url);

/** What the Collector made of the cases. */
export interface Outcomes {
  /** Time of the recording, which times without a year depend on. */
  readonly recordedMillis: number;
  readonly names: readonly string[];
  /** Log records of each case. */
  readonly lines: readonly (readonly string[])[];
}

/** Reads the recorded outcomes. */
export function readOutcomes(): Outcomes {
  return JSON.parse(gunzipSync(readFileSync(OUTCOMES)).toString()) as Outcomes;
}
