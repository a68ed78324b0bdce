import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, logs } from '@opentelemetry/api';
import { attributesOf, listOf } from './file/start-from.testing.ts';
import { start, tracer } from './start.testing.ts';

const LONG = 'x'.repeat(20);

/** The effect of each variable on a span and a log record that exceed all limits. */
const LIMITS: readonly (readonly [variable: string, shows: (seen: Seen) => unknown, plain: unknown])[] = [
  ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', ({ span }) => listOf(span['attributes']).length, 4],
  ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', ({ span }) => String(attributesOf(span)['a']).length, 20],
  ['OTEL_SPAN_EVENT_COUNT_LIMIT', ({ span }) => listOf(span['events']).length, 4],
  ['OTEL_SPAN_LINK_COUNT_LIMIT', ({ span }) => listOf(span['links']).length, 4],
  ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', ({ span }) => listOf(listOf(span['events']).at(-1)?.['attributes']).length, 4],
  ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', ({ span }) => listOf(listOf(span['links']).at(-1)?.['attributes']).length, 4],
  ['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', ({ record }) => listOf(record['attributes']).length, 4],
  ['OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', ({ record }) => String(attributesOf(record)['a']).length, 20],
  [
    'OTEL_ATTRIBUTE_COUNT_LIMIT',
    ({ span, record }) => listOf(span['attributes']).length + listOf(record['attributes']).length - 2,
    6,
  ],
  [
    'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    ({ span, record }) => String(attributesOf(span)['a']).length + String(attributesOf(record)['a']).length - 2,
    38,
  ],
];
for (const [variable, shows, plain] of LIMITS) {
  test(`${variable}: sets a limit, and logs and ignores invalid values`, async (t) => {
    for (const [value, expected, logged] of [
      ['2', 2, []],
      ['', plain, []],
      ['-1', plain, [`${variable}: expected a whole number from 0 to 2147483647, got "-1"; ignored`]],
    ] as const) {
      const { sdk, sink, warnings } = await start(t, { [variable]: value });
      const attributes: Attributes = { a: LONG, b: LONG, c: LONG, d: LONG };
      const links = Array.from({ length: 4 }, () => ({
        context: tracer().startSpan('other').spanContext(),
        attributes,
      }));
      const span = tracer().startSpan('x', { attributes, links });
      for (const name of ['1', '2', '3', '4']) span.addEvent(name, attributes);
      span.end();
      logs.getLogger('x').emit({ attributes });
      await sdk.shutdown();
      assert.equal(shows({ span: sink.spans()[0] ?? {}, record: sink.logs()[0] ?? {} }), expected);
      assert.deepEqual(warnings, logged);
    }
  });
}

interface Seen {
  readonly span: Readonly<Record<string, unknown>>;
  readonly record: Readonly<Record<string, unknown>>;
}
