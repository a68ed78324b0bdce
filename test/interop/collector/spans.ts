import type { Step } from './cases.ts';

/** Returns a string attribute. */
export const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
/** Returns an integer attribute. */
export const integer = (key: string, intValue: number) => ({ key, value: { intValue } });

/** The spans of one scope. */
export interface SpanGroup {
  readonly resource?: readonly object[];
  readonly scope?: object;
  readonly spans: readonly object[];
}

/** Returns a request with one group of spans per resource. The default resource is a service named `shop`. */
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

/** Creates a span with a duration in nanoseconds. */
export type CreateSpan = (nanos: bigint | number, fields?: object) => object;

/** Returns a function that creates spans with sequential IDs, starting at 1. */
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
