import { fileURLToPath } from 'node:url';

/** The file with the recorded outcomes. */
export const OUTCOMES = fileURLToPath(new URL('outcomes.json.gz', import.meta.url));

/** An entry as Promtail sends it. */
export interface Entry {
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Not there if no stage has set the time. */
  readonly time?: string;
}

/** The outcomes of all cases by their names. */
export type Outcomes = Readonly<Record<string, readonly Entry[]>>;
