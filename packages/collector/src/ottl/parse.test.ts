import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConditionError } from './expression.ts';
import { parseCondition } from './parse.ts';

const attribute = (key: string) => ({
  kind: 'path',
  path: { names: ['attributes'], key, text: `attributes["${key}"]`, offset: 0 },
});

test('parses a comparison of an attribute with a number', () => {
  assert.deepEqual(parseCondition('attributes["http.response.status_code"] == 500'), {
    kind: 'compare',
    operator: '==',
    left: attribute('http.response.status_code'),
    right: { kind: 'literal', value: 500 },
  });
});

test('gives "or" a lower precedence than "and", and "and" a lower one than "not"', () => {
  const condition = parseCondition('true or not false and false');
  assert.deepEqual(condition, {
    kind: 'any',
    operands: [
      { kind: 'truth', value: true },
      {
        kind: 'all',
        operands: [
          { kind: 'not', operand: { kind: 'truth', value: false } },
          { kind: 'truth', value: false },
        ],
      },
    ],
  });
});

test('parentheses override the precedence', () => {
  const condition = parseCondition('(true or false) and true');
  assert.equal(condition.kind, 'all');
});

test('parses strings with escapes, bytes, nil, enumerations and integers beyond 2^53', () => {
  const right = (text: string) => {
    const condition = parseCondition(`name == ${text}`);
    return condition.kind === 'compare' && condition.right.kind === 'literal' ? condition.right.value : assert.fail();
  };
  assert.equal(right(String.raw`"a\"b\\c"`), String.raw`a"b\c`);
  assert.deepEqual(right('0x0aFf'), Uint8Array.of(10, 255));
  assert.equal(right('nil'), undefined);
  assert.equal(right('SPAN_KIND_CLIENT'), 3);
  assert.equal(right('SEVERITY_NUMBER_WARN2'), 14);
  assert.equal(right('9007199254740993'), 9007199254740993n);
  assert.equal(right('-1.5e3'), -1500);
});

test('parses IsMatch with flags at the start of a Go expression', () => {
  const condition = parseCondition('IsMatch(resource.attributes["service.name"], "(?i)^shop")');
  assert.ok(condition.kind === 'match');
  assert.ok(condition.pattern.test('Shopping'));
});

test('matches in linear time where a backtracking engine would not terminate', () => {
  const condition = parseCondition(String.raw`IsMatch(name, "^(\\w+\\s?)*$")`);
  assert.ok(condition.kind === 'match');
  assert.equal(condition.pattern.test(`${'a'.repeat(140)}!`), false);
  assert.equal(condition.pattern.test('a b c'), true);
});

for (const [text, message] of [
  ['name ==', /expected a path or a value, got the end, at character 8/],
  ['name == "x', /expected a closing quote, got the end, at character 9/],
  ['name = "x"', /got "="/],
  ['IsString(name)', /expected the function IsMatch, got IsString/],
  ['IsMatch(name, "[")', /expected a regular expression, got "\["/],
  ['(name == "x"', /expected "\)", got the end/],
  ['name == "x" name', /expected "and", "or" or the end, got "name"/],
  ['attributes["a"', /expected "\]", got the end/],
  ['5', /expected a comparison/],
  ['name == 0xabc', /even number of hexadecimal digits, got 3/],
] as const) {
  test(`rejects ${text}`, () => {
    assert.throws(
      () => parseCondition(text),
      (error) => error instanceof ConditionError && message.test(error.message),
    );
  });
}

test('rejects nesting that would exhaust the stack', () => {
  assert.throws(() => parseCondition(`${'('.repeat(10_000)}true${')'.repeat(10_000)}`), /at most 64 nested/);
});
