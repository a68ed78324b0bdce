import type { Difference } from './comparison.ts';

/** Any value, but one. */
const ANYTHING = /^/;

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
    path: /\/zero\/(startTime|time)UnixNano$/,
    official: /^\d{19}$/,
    ours: /^\d{13}000000$/,
    why: 'a time below performance.now() is one of that clock, which we anchor to the time of day in whole milliseconds, so that times stay small integers',
  },
  {
    path: /^metrics: every instrument, .*: app\/metrics\/observed [^/]+#[23]\/(sum|gauge)\/dataPoints\/which=once(\/|$)/,
    official: ANYTHING,
    ours: undefined,
    why: 'attributes that the latest callback did not observe should not be exported (specification, "Observations inside asynchronous callbacks"); opentelemetry-js goes on exporting them',
  },
  {
    path: /^metrics: callbacks that come, go, wait and fail: app\/metrics\/first#2(\/|$)/,
    official: ANYTHING,
    ours: undefined,
    why: 'the same after a callback was removed',
  },
  {
    path: /^metrics: more sets of attributes than the limit: app\/metrics\/\w+\/(sum|histogram)\/dataPoints\/i=2(\/|$)/,
    official: undefined,
    ours: ANYTHING,
    why: 'as many sets as the limit says must not overflow (specification, "Overflow attribute"); opentelemetry-js counts the overflow itself as one',
  },
  {
    path: /^metrics: more sets of attributes than the limit: .*\/otel\.metric\.overflow=true\/(asDouble|count|min|sum|bucketCounts)$/,
    official: ANYTHING,
    ours: ANYTHING,
    why: 'the same; and observed sums beyond the limit are added up, where opentelemetry-js keeps the last',
  },
  {
    path: /^metrics: values at the edges: app\/metrics\/\w+\/\w+\/dataPoints\/value=(NaN|Infinity)(\/|$)/,
    official: ANYTHING,
    ours: undefined,
    why: 'one value that is no number would make a sum useless for ever; we leave it out and count it in MeterProvider.losses',
  },
  {
    path: /^metrics: attributes of every kind: app\/metrics\/counter\/sum\/dataPoints\/((nothing|function)=|11)(\/|$)/,
    official: ANYTHING,
    ours: undefined,
    why: 'values that OTLP cannot carry are left out, as for spans, so these measurements have no attributes and go to one point (the next entry)',
  },
  {
    path: /^metrics: attributes of every kind: app\/metrics\/counter\/sum\/dataPoints\/8(\/|$)/,
    official: undefined,
    ours: ANYTHING,
    why: 'the point of the entry before',
  },
  {
    path: /^metrics: instruments that are created twice: app\/metrics\/case(\/|$)/,
    official: ANYTHING,
    ours: undefined,
    why: 'names of instruments are case-insensitive, so these are one instrument (specification, "Instrument name")',
  },
  {
    path: /^metrics: instruments that are created twice: app\/metrics\/Case\/sum\/dataPoints\/0\/asDouble$/,
    official: 1,
    ours: 3,
    why: 'the instrument of the entry before',
  },
  {
    path: /^metrics: measurements in a sampled span: app\/metrics\/counter\/sum\/dataPoints\/a=1\/exemplars\/0(\/|$)/,
    official: undefined,
    ours: ANYTHING,
    why: 'opentelemetry-js has no exemplars yet',
  },
];
