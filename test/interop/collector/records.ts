import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ComponentCases, SignalPair } from './cases.ts';

/** What the Collector does with a configuration for a pair of signals. */
export interface RecordedBehavior {
  readonly name: string;
  readonly signals: SignalPair;
  readonly refused: boolean;
  /** The steps whose request is refused. */
  readonly failed: readonly number[];
  /** The hashes of the items, sorted and joined. */
  readonly items: string;
}

const CASES = new URL('cases/', import.meta.url);
const RECORDS = new URL('records/', import.meta.url);

/** The cases of all components. */
export function allCases(): Promise<ComponentCases[]> {
  return Promise.all(
    readdirSync(CASES)
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => casesOf(file.slice(0, -3))),
  );
}

/** The cases of a component, by its type in the Collector. */
export async function casesOf(type: string): Promise<ComponentCases> {
  const { cases } = (await import(new URL(`${type}.ts`, CASES).href)) as { cases: ComponentCases };
  if (cases.type !== type) throw new Error(`cases/${type}.ts has the cases of ${cases.type}`);
  return cases;
}

/** The file of a component's records. */
export function fileOf(type: string): URL {
  return new URL(`${type}.json.gz`, RECORDS);
}

/** What the Collector does with the configurations of a component. */
export function recordsOf(type: string): readonly RecordedBehavior[] {
  return JSON.parse(gunzipSync(readFileSync(fileOf(type))).toString()) as RecordedBehavior[];
}
