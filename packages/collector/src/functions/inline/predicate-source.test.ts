import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { batchOf } from '@otelier/testkit/request-codec';
import { filterSpans } from '../function-processor.ts';
import type { Span } from '../views.ts';
import { compileInline } from './inline-functions.ts';
import { predicateSource } from './predicate-source.ts';

const outside = 'GET /healthz';

const SIMPLE: readonly ((span: Span) => boolean)[] = [
  (span) => span.attributes.get('http.route') !== '/healthz',
  (span) => span.name === 'a' || (span.kind === 2 && !span.hasError),
  (s) => typeof s.attributes.get('x') === 'string' && ['a', 'b'].includes(s.name.toLowerCase()),
  (span) => {
    return span.durationNanos > 5_000_000n;
  },
  (span) => (span.resource.serviceName ?? '').startsWith('shop') /* a comment */,
  (span) => (span.isRoot ? span.durationMillis >= 1.5e3 : span.attributes.has('keep')), // another
  (span) => -span.kind < 0x10 && span.attributes.size !== 0,
];

const OTHERS: readonly ((span: Span) => unknown)[] = [
  (span) => span.name !== outside,
  (span) => /healthz/.test(span.name),
  (span) => `${span.name}` === 'a',
  (span) => globalThis === undefined || span.name === '',
  (span) => span.constructor === undefined,
  (span) => (span.name as unknown as () => string)(),
  (span) => span.name.repeat(1e9) === '',
  (span) => span.events.some(({ name }) => name === 'x'),
  (span) => {
    for (;;) if (span.name === '') return true;
  },
  function named(span) {
    return span.name === '';
  },
  async (span) => span.name === '',
  (span) => (span as { name: string }).name.padEnd(1e9),
  (span) => (() => span.name)(),
  ({ name }) => name === 'a',
  (span, ...rest: unknown[]) => rest.length === 0 && span.name === '',
  (span) => (span as unknown as Record<string, unknown>)['constructor'] === undefined,
];

test('recognizes predicates that are one expression over their parameters', () => {
  for (const predicate of SIMPLE) assert.equal(predicateSource(predicate), String(predicate));
  for (const predicate of OTHERS) assert.equal(predicateSource(predicate as never), undefined, String(predicate));
});

test('recognizes nothing that changes a value, calls another function or does not end', () => {
  for (const source of [
    '(s) => s.kind = 1',
    '(s) => --s.kind',
    '(s) => s.kind++ > 1',
    '(s) => s.attributes.set("a", 1)',
    '(s) => s.attributes.delete("a")',
    '(s) => s.name.constructor("x")',
    '(s) => s["constructor"]',
    '(s) => s?.constructor',
    '(s) => s.name?.("x")',
    '(s) => new s.name',
    '(s) => s.name, s',
    '(s = 1) => s',
    '(s) => { return s.name; s.kind }',
    '(s) => { while (true) {} }',
    '(s) => eval("1")',
    '(s) => import("x")',
    '(s) => this',
    '(s) => s.name instanceof s',
    '(s) => s.name in s',
    '(s) => void s.name',
    '(s) => delete s.name',
    '(s) => (s.name',
    '(s) => s.name)',
    '(s) => "\\u0041"',
    '(s) => s => s',
    's.name',
    '',
    `(s) => ${'('.repeat(100)}s${')'.repeat(100)}`,
    `(s) => ${'!'.repeat(5000)}s`,
  ]) {
    // What is recognized is the text of a function, wherever it comes from.
    const fake = Object.assign(() => true, {});
    const original = Function.prototype.toString;
    Function.prototype.toString = function (this: unknown) {
      return this === fake ? source : original.call(this as () => void);
    };
    try {
      assert.equal(predicateSource(fake), undefined, source);
    } finally {
      Function.prototype.toString = original;
    }
  }
});

test('a compiled predicate decides as the function does', () => {
  const random = createRandom(5);
  const pick = <T>(...values: readonly T[]): T => values[random(values.length)] as T;
  const runners = SIMPLE.map((predicate) => {
    const description = { use: 'process', signals: ['traces'], creator: 'filterSpans' } as const;
    const functions = new Map([['f', { ...description, predicate: predicateSource(predicate) }]]);
    return [compileInline(functions).get('f'), filterSpans(predicate).createRunner(String)] as const;
  });
  for (let round = 0; round < 100; round++) {
    const spans = Array.from({ length: 1 + random(10) }, () => ({
      name: pick('a', 'b', 'B', 'GET /healthz'),
      kind: random(6),
      parentSpanId: pick('', 'b7ad6b7169203331'),
      status: { code: random(3) },
      startTimeUnixNano: '1000000000',
      endTimeUnixNano: String(1_000_000_000 + random(2e9)),
      attributes: ['http.route', 'x', 'keep']
        .filter(() => random(2) === 0)
        .map((key) => ({ key, value: pick({ stringValue: '/healthz' }, { intValue: '5' }) })),
    }));
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: pick('shop', 'other') } }] };
    const { parts } = batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
    for (const [inline, expected] of runners) {
      const request = { id: 1, functionName: 'f', signal: 'traces', errorMode: 'ignore', parts } as const;
      assert.deepEqual(inline?.run(request), expected.run(request));
    }
  }
});
