import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALL_FEATURES, type ParseOptions } from './options.ts';
import { parsePromql } from './parse.ts';
import { PromqlParseError } from './parse-error.ts';
import { prettify } from './prettify.ts';
import { printExpr } from './print.ts';

const printed = (query: string): string => printExpr(parsePromql(query, ALL_FEATURES));

test('operators, signs and modifiers bind as in Prometheus, and print back', () => {
  const equal: readonly (readonly [query: string, canonical: string])[] = [
    ['a + b offset 5m', 'a + b offset 5m'],
    ['a+max_over_time(b[5m:])*c', 'a + max_over_time(b[5m:]) * c'],
    ['-foo @ 5 offset 1h', '-foo @ 5.000 offset 1h'],
    ['-1 ^ 2', '-1 ^ 2'],
    ['2 ^ -1 ^ 2', '2 ^ -1 ^ 2'],
    ['foo offset -2^2', 'foo offset -2s ^ 2'],
    ['SUM(a) BY (b)', 'sum by (b) (a)'],
    ['sum without("a.b", c)(x)', 'sum without ("a.b", c) (x)'],
    ['{"a.b", c=~"d|e", f!="g"}', '{__name__="a.b",c=~"d|e",f!="g"}'],
    ['a / on(x) group_left(y) b', 'a / on (x) group_left (y) b'],
    ['a + fill_left(2) fill_right(3) b', 'a + fill_left (2) fill_right (3) b'],
    ['foo[5m+1m*2]', 'foo[5m + 1m * 2]'],
    ['max_of(1, min_of(2, 3))', 'max_of(1, min_of(2, 3))'],
    ['rate(a[90s] smoothed)', 'rate(a[1m30s] smoothed)'],
    ["label_replace(a, 'b', '$1', `c`, '(.*)')", 'label_replace(a, "b", "$1", "c", "(.*)")'],
    ['0x1F + 1_000 + 2. + .5 + 1e3 + Inf + 1h', '31 + 1000 + 2 + 0.5 + 1000 + +Inf + 1h'],
  ];
  for (const [query, canonical] of equal) assert.equal(printed(query), canonical, query);
  const negative = parsePromql('-1 ^ 2', ALL_FEATURES);
  assert.equal(negative.kind, 'unary');
});

test('a query with an error says where and why', () => {
  const errors: readonly (readonly [query: string, message: string])[] = [
    ['', '1:1: parse error: no expression found in input'],
    ['# comment', '1:1: parse error: no expression found in input'],
    ['sum(foo', '1:8: parse error: unclosed left parenthesis'],
    ['foo[5m', '1:7: parse error: unclosed left bracket'],
    ['unknown(1)', '1:1: parse error: unknown function with name "unknown"'],
    ['foo bar', '1:5: parse error: unexpected identifier "bar"'],
    ['1 +', '1:4: parse error: unexpected end of input'],
    ['a +\n  ]', '2:3: parse error: unexpected "]"'],
    ['"open', '1:1: parse error: unterminated quoted string'],
    ['1 == 1', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['a and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['rate(a)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ['rate(a[5m], 1)', '1:1: parse error: expected 1 argument(s) in call to "rate", got 2'],
    ['sum(a[5m])', '1:5: parse error: expected type instant vector in aggregation expression, got range vector'],
    ['topk(a)', '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1'],
    ['{a=""}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['a{__name__="b"}', '1:1: parse error: metric name must not be set twice: "a" or "b"'],
    ['a{b=~"("}', '1:3: parse error: error parsing regexp: missing closing ): `^(?s:()$`'],
    ['a offset 1m offset 2m', '1:1: parse error: offset may not be set multiple times'],
    [
      'sum(a) offset 1m',
      '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['a[0s]', '1:3: parse error: duration must be greater than 0'],
    ['a + on(x) group_left(x) b', '1:3: parse error: label "x" must not occur in ON and GROUP clause at once'],
  ];
  for (const [query, message] of errors) {
    assert.throws(() => parsePromql(query, ALL_FEATURES), { name: 'PromqlParseError', message }, query);
  }
});

test('experimental parts need their feature', () => {
  const none: ParseOptions = {
    experimentalFunctions: false,
    durationExpressions: false,
    extendedRanges: false,
    fillModifiers: false,
  };
  for (const query of [
    'info(a)',
    'limitk(1, a)',
    'a[5m + 1m]',
    'rate(a[5m] anchored)',
    'a + fill(0) b',
    'max_of(1, 2)',
  ]) {
    assert.throws(() => parsePromql(query, none), PromqlParseError, query);
    parsePromql(query, ALL_FEATURES);
  }
});

test('long expressions are split into lines', () => {
  const query = `sum by (service) (rate(requests_total{environment="production"}[5m])) / sum by (service) (rate(requests_total[5m]))`;
  assert.equal(
    prettify(parsePromql(query, ALL_FEATURES)),
    '  sum by (service) (rate(requests_total{environment="production"}[5m]))\n/\n  sum by (service) (rate(requests_total[5m]))',
  );
});

test('any text is parsed or rejected, and what is parsed prints to the same expression', () => {
  const token = fc.constantFrom(
    ...[
      'a',
      'rate',
      'sum',
      'by',
      '(',
      ')',
      '[5m]',
      '[5m:1m]',
      '{b="c"}',
      '+',
      '-',
      '^',
      '*',
      '1',
      '2.5',
      ',',
      'on',
      'and',
    ],
    ...['bool', '==', 'offset 1m', '@ 5', '"text"', 'group_left', 'without', 'step()', '!', '\n', 'ü', '`', "'"],
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
      const query = tokens.join(' ');
      let canonical: string;
      try {
        canonical = printed(query);
      } catch (error) {
        assert.ok(error instanceof PromqlParseError, `${query}: ${String(error)}`);
        return;
      }
      assert.equal(printed(canonical), canonical);
    }),
    { seed: 20_261_130, numRuns: 1000 },
  );
});
