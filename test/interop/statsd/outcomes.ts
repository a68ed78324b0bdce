import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** File with what the Collector made of the cases. */
export const OUTCOMES: URL = new URL('outcomes.json.gz', import.meta.url);

/** What the Collector made of a case: its points, or why it rejected the configuration. */
export interface StatsdOutcome {
  readonly name: string;
  readonly error?: string;
  readonly points: readonly string[];
}

/** Reads the recorded outcomes. */
export function readOutcomes(): readonly StatsdOutcome[] {
  return JSON.parse(gunzipSync(readFileSync(OUTCOMES)).toString()) as readonly StatsdOutcome[];
}
