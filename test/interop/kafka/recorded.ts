import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KafkaSignal } from './requests.ts';

/** Messages that the Collector's exporter has written, and what its receiver reads from them. */
export interface RecordedTopic {
  readonly signal: KafkaSignal;
  readonly sent: string;
  readonly read: string;
  /** Messages in base64. */
  readonly messages: readonly string[];
  /** `fingerprints` of the items. */
  readonly items: readonly string[];
}

const FILE: URL = new URL('recorded.json.gz', import.meta.url);
const DIGITS = 16;

/** Reads the recorded topics. */
export function readRecorded(): readonly RecordedTopic[] {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as readonly RecordedTopic[];
}

/** Records topics. */
export function writeRecorded(topics: readonly RecordedTopic[]): void {
  writeFileSync(FILE, gzipSync(JSON.stringify(topics), { level: 9 }));
}

/** Returns what identifies items, in order. */
export function fingerprints(texts: readonly string[]): readonly string[] {
  return texts.map((text) => createHash('sha256').update(text).digest('hex').slice(0, DIGITS)).sort();
}
