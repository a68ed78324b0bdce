import type { SpanJson } from '../otlp-json.ts';
import { type HostileRandom, hostileName } from './names.ts';
import { attributes, endTime, id, int32, pick, time, uint32 } from './values.ts';

type Event = NonNullable<SpanJson['events']>[number];
type Link = NonNullable<SpanJson['links']>[number];

/** Generates a span with hostile names, IDs, times and attributes. */
export function hostileSpan(random: HostileRandom, aroundNanos: bigint, traceId: string): SpanJson {
  const startTimeUnixNano = time(random, aroundNanos);
  return {
    traceId,
    spanId: id(random, 8),
    traceState: random(4) === 0 ? hostileName(random) : '',
    parentSpanId: random(2) === 0 ? '' : id(random, 8),
    name: hostileName(random),
    kind: random(8) === 0 ? int32(random) : random(6),
    startTimeUnixNano,
    endTimeUnixNano: endTime(random, startTimeUnixNano),
    attributes: attributes(random, random(6)),
    droppedAttributesCount: random(8) === 0 ? uint32(random) : 0,
    events: Array.from({ length: random(3) }, () => hostileEvent(random, aroundNanos)),
    links: Array.from({ length: random(3) }, () => hostileLink(random)),
    ...pick(random, [{}, { status: {} }, { status: { code: 1 } }, { status: errorStatus(random) }]),
    flags: random(8) === 0 ? uint32(random) : 0,
  };
}

/** Generates a span event, sometimes an exception. */
export function hostileEvent(random: HostileRandom, aroundNanos: bigint): Event {
  const isException = random(3) === 0;
  const exception = ['exception.type', 'exception.message'].map((key) => ({
    key,
    value: pick(random, [{ stringValue: hostileName(random) }, { intValue: '1' }, {}]),
  }));
  return {
    timeUnixNano: time(random, aroundNanos),
    name: isException ? 'exception' : hostileName(random),
    attributes: [...(isException ? exception : []), ...attributes(random, random(3))],
  };
}

export function hostileLink(random: HostileRandom): Link {
  return { traceId: id(random, 16), spanId: id(random, 8), attributes: attributes(random, random(3)) };
}

function errorStatus(random: HostileRandom): { readonly code: number; readonly message: string } {
  return { code: random(8) === 0 ? int32(random) : 2, message: hostileName(random) };
}
