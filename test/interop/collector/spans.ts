import type { Step } from './cases.ts';

/** An attribute with a text. */
export const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
/** An attribute with an integer. */
export const integer = (key: string, intValue: number) => ({ key, value: { intValue } });

/** Spans of one scope. */
export interface SpanGroup {
  readonly resource?: readonly object[];
  readonly scope?: object;
  readonly spans: readonly object[];
}

/** A request with one group of spans for each resource. By default, the resource is a service `shop`. */
export function send(...groups: readonly SpanGroup[]): Step {
  return {
    send: {
      resourceSpans: groups.map(({ resource = [text('service.name', 'shop')], scope = {}, spans }) => ({
        resource: { attributes: resource },
        scopeSpans: [{ scope, spans }],
      })),
    },
  };
}

const START = 1_700_000_000_000_000_000n;

/** Creates a span of a duration in nanoseconds. */
export type CreateSpan = (nanos: bigint | number, fields?: object) => object;

/** Returns a function that creates spans with IDs of their own: 1, 2 and so on. */
export function spanSource(): CreateSpan {
  let lastId = 0;
  return (nanos, fields = {}) => {
    lastId++;
    return {
      traceId: lastId.toString(16).padStart(32, '0'),
      spanId: lastId.toString(16).padStart(16, '0'),
      name: 'GET',
      kind: 2,
      startTimeUnixNano: String(START),
      endTimeUnixNano: String(START + BigInt(nanos)),
      ...fields,
    };
  };
}
