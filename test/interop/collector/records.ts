import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ComponentCases, SignalPair } from './cases.ts';

/** The Collector's behavior for a configuration and a pair of signals. */
export interface RecordedBehavior {
  readonly name: string;
  readonly signals: SignalPair;
  readonly refused: boolean;
  /** The steps whose request is rejected. */
  readonly failed: readonly number[];
  /** The item hashes, sorted and concatenated. */
  readonly items: string;
}

const CASES = new URL('cases/', import.meta.url);
const RECORDS = new URL('records/', import.meta.url);

/** Returns the cases of all components. */
export function allCases(): Promise<ComponentCases[]> {
  return Promise.all(
    readdirSync(CASES)
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => casesOf(file.slice(0, -3))),
  );
}

/** Returns a component's cases, by its type in the Collector. */
export async function casesOf(type: string): Promise<ComponentCases> {
  const { cases } = (await import(new URL(`${type}.ts`, CASES).href)) as { cases: ComponentCases };
  if (cases.type !== type) throw new Error(`cases/${type}.ts has the cases of ${cases.type}`);
  return cases;
}

/** Returns the file that contains a component's records. */
export function fileOf(type: string): URL {
  return new URL(`${type}.json.gz`, RECORDS);
}

/** Returns the Collector's recorded behavior for a component's configurations. */
export function recordsOf(type: string): readonly RecordedBehavior[] {
  return JSON.parse(gunzipSync(readFileSync(fileOf(type))).toString()) as RecordedBehavior[];
}
