import { readFileSync } from 'node:fs';

/** Names of the files in `statements/`. */
export type StatementName =
  | 'services'
  | 'requests'
  | 'errors'
  | 'trace-hits'
  | 'trace-hits-by-duration'
  | 'trace-summaries'
  | 'trace-outline'
  | 'metric-names'
  | 'metric-labels'
  | 'log-histogram'
  | 'value-counts'
  | 'series-values'
  | 'series-increases'
  | 'histogram-points';

const texts = new Map<StatementName, string>();

/** Returns the SQL text of a statement. It reads from the relation `rows`, which the caller must define first. */
export function statementText(name: StatementName): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`./statements/${name}.sql`, import.meta.url), 'utf8');
    texts.set(name, text);
  }
  return text;
}
