import { parseJsonObject } from '../../operators/parsers/json-object.ts';
import type { ValueMap } from '../../ottl/values/value.ts';

/** An entry of the journal. */
export interface JournalEntry {
  readonly cursor: string;
  readonly timeNanos: bigint;
  /** The fields without the time. */
  readonly fields: ValueMap;
}

/** Parses a line of `journalctl --output=json`. Throws if it is no entry. */
export function parseLine(line: string, convertsMessage: boolean): JournalEntry {
  const fields = parseJsonObject(line, false);
  const cursor = fields.get('__CURSOR');
  const time = fields.get('__REALTIME_TIMESTAMP');
  if (typeof time !== 'string' || !/^\d{1,19}$/.test(time))
    throw new Error('expected the field __REALTIME_TIMESTAMP with microseconds');
  if (typeof cursor !== 'string' || cursor === '') throw new Error('expected the field __CURSOR');
  fields.delete('__REALTIME_TIMESTAMP');
  const message = fields.get('MESSAGE');
  if (convertsMessage && Array.isArray(message))
    fields.set('MESSAGE', Buffer.from(message.map(Number)).toString('utf8'));
  return { cursor, timeNanos: BigInt(time) * 1000n, fields };
}
