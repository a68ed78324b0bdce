import {
  findField,
  payloadEnd,
  payloadStart,
  readFixed32,
  readString,
  readVarintLow,
  SPAN_FIELDS,
  STATUS_FIELDS,
} from '@otelier/otlp';
import { Decision, type Policy } from '../policy.ts';
import type { SpanTest } from '../trace-view.ts';
import { memberOfTraceState } from './trace-state.ts';

/** Returns a policy that samples every trace. */
export function alwaysSample(): Policy {
  return { isStateful: false, evaluate: () => Decision.sampled, resultOfId: () => Decision.sampled };
}

/** Returns a policy that samples traces for which a test returns true. */
export function samplesIf(test: SpanTest): Policy {
  return {
    isStateful: false,
    evaluate: (trace) => (trace.some(test) ? Decision.sampled : Decision.notSampled),
  };
}

/** Returns a policy that samples traces containing a span with one of the status codes. */
export function statusCode(codes: readonly number[]): Policy {
  const wanted = codes.reduce((bits, code) => bits | (1 << code), 0);
  return samplesIf({
    span(bytes, start, end) {
      const status = findField(bytes, start, end, SPAN_FIELDS.status);
      const from = status < 0 ? 0 : payloadStart(bytes, status);
      const code = status < 0 ? -1 : findField(bytes, from, payloadEnd(bytes, status), STATUS_FIELDS.code);
      const number = code < 0 ? 0 : readVarintLow(bytes, code);
      return number < 3 && ((wanted >>> number) & 1) === 1;
    },
  });
}

/** Returns a policy that samples traces containing a span whose W3C `sampled` flag is set. */
export function traceFlags(): Policy {
  return samplesIf({
    span(bytes, start, end) {
      const flags = findField(bytes, start, end, SPAN_FIELDS.flags);
      return flags >= 0 && (readFixed32(bytes, flags) & 1) === 1;
    },
  });
}

/** Returns a policy that samples traces containing a span whose trace state has one of the values under a key. */
export function traceState(key: string, values: readonly string[]): Policy {
  // A trace state member has at most 256 characters.
  const wanted = new Set(values.filter((value) => value !== '' && key.length + value.length < 256));
  return samplesIf({
    span(bytes, start, end) {
      const state = findField(bytes, start, end, SPAN_FIELDS.traceState);
      if (state < 0) return false;
      const value = memberOfTraceState(readString(bytes, payloadStart(bytes, state), payloadEnd(bytes, state)), key);
      return value !== undefined && wanted.has(value);
    },
  });
}

/** Returns a policy that samples traces by span count. A maximum of 0 means no limit. */
export function spanCount(minSpans: number, maxSpans: number): Policy {
  return {
    isStateful: maxSpans > 0,
    evaluate: ({ spanCount: count }) =>
      count >= minSpans && (maxSpans === 0 || count <= maxSpans) ? Decision.sampled : Decision.notSampled,
  };
}
