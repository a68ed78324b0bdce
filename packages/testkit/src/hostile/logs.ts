import type { LogRecordJson } from '../otlp-json.ts';
import { type HostileRandom, hostileName } from './names.ts';
import { anyValue, attributes, id, int32, time, uint32 } from './values.ts';

/** Generates a log record with hostile names, IDs, times, severities and values. */
export function hostileLogRecord(random: HostileRandom, aroundNanos: bigint, traceId: string): LogRecordJson {
  return {
    timeUnixNano: time(random, aroundNanos),
    observedTimeUnixNano: time(random, aroundNanos),
    severityNumber: random(6) === 0 ? int32(random) : random(25),
    severityText: random(2) === 0 ? hostileName(random) : 'INFO',
    ...(random(6) === 0 ? {} : { body: anyValue(random, 3) }),
    attributes: attributes(random, random(6)),
    ...(random(2) === 0 ? {} : { traceId, spanId: id(random, 8) }),
    eventName: random(3) === 0 ? hostileName(random) : '',
    flags: random(8) === 0 ? uint32(random) : 0,
  };
}
