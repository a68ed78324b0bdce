import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { generateQuery } from '@otelier/testkit/traceql/queries';
import { parseTraceql } from './parse.ts';
import { TraceqlError, TraceqlParseError } from './parse-error.ts';
import { metricsText, pipelineText } from './print.ts';

function printed(text: string): string {
  const query = parseTraceql(text);
  if (query.kind === 'search') return pipelineText(query.pipeline);
  const { expression } = query;
  return expression.kind === 'query'
    ? `${pipelineText(expression.pipeline)} | ${metricsText(expression.metrics)}`
    : 'math';
}

test('operators bind as in Tempo: && and || have the same precedence', () => {
  const cases: Readonly<Record<string, string>> = {
    '{ .a || .b && .c }': '{ (.a || .b) && .c }',
    '{ .a = 1 + 2 * .b ^ 2 ^ 3 }': '{ .a = (1 + (2 * (.b ^ (2 ^ 3)))) }',
    '{ !.a = .b }': '{ (!.a) = .b }',
    '{ -.a * 2 > 1 }': '{ (-(.a * 2)) > 1 }',
    '{ span."my key".x != nil }': '{ span."my key.x" != nil }',
    '{ nil = .a }': '{ .a = nil }',
    '{ .a = "x\\n\\u00e9" }': '{ .a = `x\né` }',
    '{ duration > 1h30m && .b = 1.5e3 } // comment': '{ (duration > 1h30m0s) && (.b = 1500) }',
    '{ .a } && { .b } || { .c }': '(({ .a }) && ({ .b })) || ({ .c })',
    '{ .a } &>> { .b } | by(.c) | count() > 2': '({ .a }) &>> ({ .b }) | by(.c) | (count()) > (2)',
    '{} | quantile_over_time(span:duration, .5, 0.9) by (.a, resource.b)':
      '{ true } | quantile_over_time(duration, 0.5, 0.9) by (.a, resource.b)',
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(printed(text), expected);
});

test('errors state the line and column', () => {
  const cases: Readonly<Record<string, string>> = {
    '': 'parse error at line 1, col 1: syntax error: unexpected $end',
    '{ .a = }': 'parse error at line 1, col 8: syntax error: unexpected }',
    '{\n  .a == 3 }': 'parse error at line 2, col 7: syntax error: unexpected =',
    '{ attribute = 4 }': 'parse error at line 1, col 3: unknown identifier: attribute',
    '{ span. }': 'parse error at line 1, col 8: syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER',
    '{ .a = "x }': 'parse error at line 1, col 8: literal not terminated',
    '{} | count()': 'parse error at line 1, col 13: syntax error: unexpected $end',
    '{} | rate() + 5': 'parse error at line 1, col 13: syntax error: unexpected +',
    '{} + {}': 'parse error at line 1, col 4: syntax error: unexpected +',
    '({} | rate()) > (10s * 2)': 'parse error at line 1, col 22: arithmetic on durations is not supported',
    '{ trace:kind = server }':
      'parse error at line 1, col 9: syntax error: unexpected kind, expecting duration or rootName or rootService or id',
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(
      () => parseTraceql(text),
      (error) => error instanceof TraceqlParseError && error.message === message,
      text,
    );
  }
});

test('types are checked before a query runs', () => {
  for (const text of [
    '{ status }',
    '{ 1 = "a" }',
    '{ -name = "a" }',
    '{ name = nil }',
    '{} | by(1)',
    '{} | rate() | topk(0)',
  ]) {
    assert.throws(() => parseTraceql(text), TraceqlError, text);
  }
});

test('mutated queries are parsed or rejected with a position', () => {
  const random = createRandom(20_261_130);
  const pieces = [
    '{',
    '}',
    '(',
    ')',
    '"',
    '`',
    '.',
    ':',
    '|',
    '&&',
    '!',
    '~',
    '>>',
    '\\',
    '\0',
    '💥',
    ' nil ',
    ' by(',
    '9'.repeat(30),
    '/*',
  ];
  for (let round = 0; round < 3000; round++) {
    let { text } = generateQuery(random);
    for (let edits = random(4); edits >= 0; edits--) {
      const at = random(text.length + 1);
      text = text.slice(0, at) + (pieces[random(pieces.length)] ?? '') + text.slice(at + random(3));
    }
    try {
      parseTraceql(text);
    } catch (error) {
      assert.ok(error instanceof TraceqlParseError || error instanceof TraceqlError, `${text}: ${error}`);
    }
  }
  const deep = [
    '('.repeat(10_000),
    '{'.repeat(10_000),
    `{ ${'!'.repeat(10_000)}.a }`,
    `{ ${'-'.repeat(10_000)}1 = 1 }`,
    `{ ${'.a && '.repeat(3000)}.a }`,
  ];
  for (const text of deep) {
    try {
      parseTraceql(text);
    } catch (error) {
      assert.ok(error instanceof TraceqlParseError, String(error));
    }
  }
});
