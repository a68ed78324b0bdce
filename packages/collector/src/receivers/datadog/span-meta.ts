import { isList, isMap, type Value } from '../../ottl/values/value.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import { parseJson } from './decode-traces.ts';
import type { DatadogEvent, DatadogLink } from './span.ts';

/** Returns the links in the tag `_dd.span_links`, which is JSON. What is none is left out. */
export function linksInMeta(text: string | undefined): readonly DatadogLink[] {
  return mapsIn(text).flatMap((link) => {
    const traceId = hexOf(link.get('trace_id'), 32);
    const spanId = hexOf(link.get('span_id'), 16);
    if (traceId === undefined || spanId === undefined) return [];
    const attributes = link.get('attributes');
    return [
      {
        traceId: BigInt.asUintN(64, traceId),
        traceIdHigh: traceId >> 64n,
        spanId,
        traceState: textIn(link.get('tracestate')),
        attributes: new Map(isMap(attributes) ? [...attributes].map(([key, value]) => [key, textIn(value)]) : []),
      },
    ];
  });
}

/** Returns the events in the tag `events`, which is JSON. What is none is left out. */
export function eventsInMeta(text: string | undefined): readonly DatadogEvent[] {
  return mapsIn(text).flatMap((event) => {
    const time = event.get('time_unix_nano');
    const attributes = event.get('attributes');
    if (typeof time !== 'bigint') return [];
    return [
      {
        time: BigInt.asUintN(64, time),
        name: textIn(event.get('name')),
        attributes: new Map(isMap(attributes) ? [...attributes].map(([key, value]) => [key, textIn(value)]) : []),
      },
    ];
  });
}

function mapsIn(text: string | undefined) {
  if (text === undefined || text === '') return [];
  try {
    const list = parseJson(Buffer.from(text));
    return isList(list) ? list.filter(isMap) : [];
  } catch (error) {
    if (!(error instanceof MalformedSpansError)) throw error;
    return [];
  }
}

function hexOf(value: Value, maxDigits: number): bigint | undefined {
  const isHex = typeof value === 'string' && value.length <= maxDigits && /^[0-9a-f]+$/i.test(value);
  return isHex ? BigInt(`0x${value}`) : undefined;
}

function textIn(value: Value): string {
  return typeof value === 'string' ? value : value === undefined ? '' : String(value);
}
