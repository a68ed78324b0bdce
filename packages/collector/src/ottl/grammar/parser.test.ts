import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OttlError } from './error.ts';
import { parseCondition, parseStatement, parseValue } from './parse.ts';

test('parses a statement with arguments by position and by name, and a condition', () => {
  const { editor, where } = parseStatement('truncate_all(attributes, 10, utf8_safe = false) where name == "x"');
  assert.equal(editor.name, 'truncate_all');
  assert.deepEqual(
    editor.args.map(({ name }) => name),
    [undefined, undefined, 'utf8_safe'],
  );
  assert.equal(where?.kind, 'compare');
});

test('gives "or" a lower precedence than "and", and "and" a lower one than "not"', () => {
  assert.deepEqual(parseCondition('true or not false and false'), {
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
  assert.equal(parseCondition('(true or false) and true').kind, 'all');
});

test('parses literals with their types', () => {
  const literal = (text: string) => {
    const value = parseValue(text);
    return value.kind === 'literal' ? value.value : assert.fail();
  };
  assert.equal(literal(String.raw`"a\"b\\c\t\x41é"`), 'a"b\\c\tAé');
  assert.equal(literal(String.raw`"\xc3\xa9"`), 'é');
  assert.deepEqual(literal('0x0aFf'), Uint8Array.of(10, 255));
  assert.equal(literal('nil'), undefined);
  assert.equal(literal('9007199254740993'), 9007199254740993n);
  assert.equal(literal('-5'), -5n);
  assert.equal(literal('+5'), 5n);
  assert.equal(literal('-1.5e3'), -1500);
  assert.equal(literal('.5'), 0.5);
  assert.equal(literal('2.'), 2);
});

test('parses lists, maps, keys, calculations and lambdas', () => {
  assert.equal(parseValue('[1, "a", attributes["x"]]').kind, 'list');
  const map = parseValue('{"a": {"b": [1]}, "c": nil}');
  assert.deepEqual(map.kind === 'map' && map.entries.map(([key]) => key), ['a', 'c']);
  const path = parseValue('log.body["a"][0][Concat(["x"], "")][1 + 1]');
  assert.equal(path.kind === 'path' && path.path.keys.length, 4);
  const sum = parseValue('1 + 2 * (3 - -x)');
  assert.equal(sum.kind === 'math' && sum.operator, '+');
  const lambda = parseValue('Any(attributes, (k, _) => HasPrefix(k, "http.") and true)');
  assert.equal(lambda.kind === 'call' && lambda.call.args[1]?.value.kind, 'lambda');
  const call = parseValue('Split(name, ",")[1]');
  assert.deepEqual(call.kind === 'call' && call.call.keys, [1n]);
});

test('parses a comparison of values in parentheses', () => {
  assert.equal(parseCondition('(1 + 2) * 3 == 9 and (IsString(name))').kind, 'all');
  assert.equal(parseCondition('((((name == "a"))))').kind, 'compare');
});

for (const [text, message] of [
  ['name ==', /expected a path or a value, got the end, at character 8/],
  ['name == "x', /expected a closing quote, got the end, at character 9/],
  ['name = "x"', /expected a comparison.*got "="/],
  ['(name == "x"', /expected "\)", got the end/],
  ['name == "x" name', /expected "and", "or" or the end, got "name"/],
  ['attributes["a"', /expected "\]", got the end/],
  ['5', /expected a comparison/],
  ['name', /expected a comparison/],
  ['name == 0xabc', /even number of hexadecimal digits, got 3/],
  ['name == 99999999999999999999', /an integer of 64 bits/],
  [String.raw`name == "\q"`, /an escape such as/],
  ['not not true', /expected/],
  ['name == ("a")', /expected a number, a path/],
] as const) {
  test(`rejects the condition ${text}`, () => {
    assert.throws(
      () => parseCondition(text),
      (error) => error instanceof OttlError && message.test(error.message),
    );
  });
}

for (const [text, message] of [
  ['ToLowerCase(name)', /expected an editor, whose name is in lower case/],
  ['set(name, "x") if true', /expected "where" or the end, got "if"/],
  ['name == "x"', /expected an editor/],
  ['set(name, a == b)', /expected/],
  ['set(name, (x) => (y) => x)', /not another lambda/],
] as const) {
  test(`rejects the statement ${text}`, () => {
    assert.throws(
      () => parseStatement(text),
      (error) => error instanceof OttlError && message.test(error.message),
    );
  });
}

test('rejects nesting that would exhaust the stack', () => {
  assert.throws(() => parseCondition(`${'('.repeat(10_000)}true${')'.repeat(10_000)}`), /at most 64 nested/);
  assert.throws(() => parseValue(`${'['.repeat(10_000)}`), /at most 64 nested/);
});
