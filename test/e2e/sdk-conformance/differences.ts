import type { Difference } from './comparison.ts';

/** Everything in which the exports of both SDKs differ, and why ours is as it is. */
export const DIFFERENCES: readonly Difference[] = [
  {
    path: /\/(dropped\w+Count|status\/code)$/,
    official: 0,
    ours: undefined,
    why: 'opentelemetry-js writes zeros, which mean the same as nothing in protobuf; leaving them out saves bytes',
  },
  {
    path: /\/spans\/[^/]*\/status$/,
    official: '{}',
    ours: undefined,
    why: 'the same: a status that was never set is written as an empty message by opentelemetry-js',
  },
  {
    path: /\/(spans\/\d+|scope)\/name$/,
    official: '',
    ours: undefined,
    why: 'the same: an empty name means the same as none in protobuf',
  },
  {
    path: /^traces: attributes of every kind: app\/spans\/set (function|symbol|big|date|)\/droppedAttributesCount$/,
    official: 0,
    ours: 1,
    why: 'a value that OTLP cannot carry, or one without a key, is lost; we count it in the span, opentelemetry-js only where it is given at the start',
  },
  {
    path: /^logs: attributes of every kind: app\/logRecords\/attribute (function|big|date|)\/droppedAttributesCount$/,
    official: 0,
    ours: 1,
    why: 'the same for log records',
  },
  {
    path: /^logs: bodies: app\/logRecords\/9\/body\/kvlistValue\/values\/none$/,
    official: '{}',
    ours: undefined,
    why: 'a key of a map whose value is undefined: we leave it out, as JSON does and as both SDKs do for attributes',
  },
  {
    path: /\/zero\/(startTimeU|timeU)nixNano$/,
    official: /^\d{19}$/,
    ours: /^\d{13}000000$/,
    why: 'a time below performance.now() is one of that clock, which we anchor to the time of day in whole milliseconds, so that times stay small integers',
  },
];
