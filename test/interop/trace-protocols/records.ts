import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { CollectorOutcome } from './case.ts';

/** The groups of cases, each recorded in a file of its own. */
export type Group = 'zipkin' | 'zipkin-export' | 'jaeger' | 'jaeger-export';

/** What the Collector made of the cases of a group, by name. */
export interface Recording {
  readonly names: readonly string[];
  readonly outcomes: readonly CollectorOutcome[];
}

/** Reads the recording of a group. */
export function readRecording(group: Group): Recording {
  return JSON.parse(gunzipSync(readFileSync(fileOf(group))).toString('utf8')) as Recording;
}

/** Writes the recording of a group. */
export function writeRecording(group: Group, recording: Recording): void {
  writeFileSync(fileOf(group), gzipSync(JSON.stringify(recording), { level: 9 }));
}

function fileOf(group: Group): URL {
  return new URL(`records/${group}.json.gz`, import.meta.url);
}
