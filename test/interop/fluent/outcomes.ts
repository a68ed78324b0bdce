import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** File with what the Collector made of the cases. */
export const OUTCOMES: URL = new URL('outcomes.json.gz', import.meta.url);

/** What the Collector made of a case. */
export interface FluentOutcome {
  readonly name: string;
  readonly outcome: 'acknowledged' | 'closed';
  readonly lines: readonly string[];
}

/** Reads the recorded outcomes. */
export function readOutcomes(): readonly FluentOutcome[] {
  return JSON.parse(gunzipSync(readFileSync(OUTCOMES)).toString());
}
