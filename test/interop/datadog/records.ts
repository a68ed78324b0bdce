import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { SentSpan } from './programs.ts';

/** File with the recorded requests. */
export const RECORDS: URL = new URL('records.json.gz', import.meta.url);

/** A request of a client library. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in base64, decompressed. */
  readonly body: string;
}

/** What a program has sent. */
export interface RecordedProgram {
  readonly name: string;
  readonly requests: readonly RecordedRequest[];
  /** The spans, if it is the tracer. */
  readonly sent: readonly SentSpan[];
}

/** Reads what the programs have sent. */
export function readRecords(): readonly RecordedProgram[] {
  return JSON.parse(gunzipSync(readFileSync(RECORDS)).toString()) as readonly RecordedProgram[];
}
