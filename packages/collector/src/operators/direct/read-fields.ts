import type { FlatRecord } from './flat-record.ts';

/**
 * Adds the fields of the line in `[start, end)` of `record.bytes` to the record. Returns false for a line that is not of
 * the plain kind, which the operators then process.
 */
export type ReadFields = (record: FlatRecord, start: number, end: number) => boolean;
