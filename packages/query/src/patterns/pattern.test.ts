import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { compilePattern, PatternError } from './pattern.ts';
import { plainPattern } from './plain-pattern.ts';
import { requiredPart } from './required-part.ts';

/** Results of Go's regexp package, written by `test/interop/patterns/main.go`. */
const [texts, ...recorded] = readFileSync(join(import.meta.dirname, 'go-patterns.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line)) as [
  readonly string[],
  ...{ readonly p: string; readonly m: readonly number[] | null }[],
];

/**
 * Expressions for which a backtracking engine takes exponential or polynomial time, each with an input that triggers
 * it.
 */
const EVIL: readonly (readonly [string, (n: number) => string])[] = [
  ['^(\\w+\\s?)*$', (n) => `${'a'.repeat(n)}!`],
  ['^(a+)+$', (n) => `${'a'.repeat(n)}!`],
  ['^(a*)*$', (n) => `${'a'.repeat(n)}!`],
  ['^(a|aa)+$', (n) => `${'a'.repeat(n)}!`],
  ['^(a|a?)+$', (n) => `${'a'.repeat(n)}!`],
  ['^(.*a){12}$', (n) => `${'a'.repeat(n)}!`],
  ['^(.*)*x$', (n) => 'a'.repeat(n)],
  ['(x+x+)+y', (n) => 'x'.repeat(n)],
  ['(.*)*y', (n) => 'x'.repeat(n)],
  ['^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+$', (n) => `${'a'.repeat(n)}!`],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', (n) => 'a'.repeat(n)],
  ['^((a+)+)+$', (n) => `${'a'.repeat(n)}!`],
  ['^(\\d+)*$', (n) => `${'1'.repeat(n)}x`],
  ['^(\\s*\\w*)*$', (n) => `${'a '.repeat(n / 2)}!`],
  ['\\s+$', (n) => `${' '.repeat(n)}x`],
  ['^\\s+|\\s+$', (n) => `x${' '.repeat(n)}x`],
  ['a*a*a*a*a*a*b', (n) => 'a'.repeat(n)],
  ['.*.*.*.*=.*', (n) => 'x'.repeat(n)],
  [
    '(?:(?:"|\'|\\]|\\}|\\\\|\\d|(?:nan|infinity|true|false|null|undefined|symbol|math)|`|-|\\+)+[)]*;?((?:\\s|-|~|!|\\{\\}|\\|\\||\\+)*.*(?:.*=.*)))',
    (n) => `x${'='.repeat(n)}`,
  ],
  ['(a?){30}a{30}', (n) => 'a'.repeat(n)],
  ['^(([^/]*/)*)x$', (n) => 'a/'.repeat(n / 2)],
  ['<!--(.|\\n)*?-->', (n) => `<!--${'a'.repeat(n)}`],
  ['<([a-z]+)[^>]*>.*</', (n) => '<a>'.repeat(n / 3)],
  ['^(?:.|\\n)+foo$', (n) => 'f'.repeat(n)],
  ['(["\'])(\\\\.|[^\\\\])*x', (n) => '"'.repeat(n)],
  ['^(\\w+\\.)*\\w+@', (n) => 'a.'.repeat(n / 2)],
  ['(\\w+)(\\w+)(\\w+)(\\w+)-$', (n) => 'w'.repeat(n)],
  ['^(?i)(select|union|\\s)+from$', (n) => `${'select '.repeat(n / 7)}!`],
  ['(a|b|ab)*c', (n) => 'ab'.repeat(n / 2)],
  ['^(0|1|01|10)*2$', (n) => '01'.repeat(n / 2)],
  ['(.+)+(.+)+(.+)+z', (n) => 'q'.repeat(n)],
  ['[a-z]*[a-z]*[a-z]*[0-9]', (n) => 'q'.repeat(n)],
  ['^(é+)+$', (n) => `${'é'.repeat(n)}!`],
];

describe('a pattern', () => {
  test('matches as in Go, for generated patterns and texts', () => {
    const different: string[] = [];
    for (const { p: source, m: expected } of recorded) {
      let actual: readonly number[] | null;
      try {
        const pattern = compilePattern(source);
        actual = [...texts.keys()].filter((index) => pattern.test(texts[index] ?? ''));
      } catch (error) {
        assert.ok(error instanceof PatternError, source);
        actual = null;
      }
      if (JSON.stringify(actual) !== JSON.stringify(expected)) {
        different.push(`${JSON.stringify(source)}: Go ${JSON.stringify(expected)}, here ${JSON.stringify(actual)}`);
      }
    }
    // Go accepts two groups with the same name, but the engine requires distinct names.
    assert.deepEqual(different, ['"(?P<n>a)(?P<n>b)": Go [3,5], here null']);
    assert.ok(recorded.length >= 1500);
  });

  test('has the same result in both engines where JavaScript evaluates it', () => {
    const pieces = ['a', 'b', 'GET', ' ', '/', '.', '\\.', '\\d', '[ab]', '[^a]', '(a|b)', '(?:x|yz|)', '|', '-', '0'];
    let plain = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const random = createRandom(seed);
      const pick = (list: readonly string[]): string => list[random(list.length)] ?? '';
      const length = 1 + random(6);
      const body = Array.from({ length }, () => pick(pieces)).join('');
      const source = pick(['', '^']) + body + pick(['', '$']);
      const fast = plainPattern(source);
      if (fast === undefined) continue;
      plain += 1;
      // A flag without effect, which forces the linear engine.
      const linear = compilePattern(`(?-i)${source}`);
      for (const text of texts)
        assert.equal(fast.test(text), linear.test(text), `${source} on ${JSON.stringify(text)}`);
    }
    assert.ok(plain > 1000);
  });

  test('asks the linear engine only about texts that have a required part', () => {
    assert.equal(requiredPart('/[0-9]+')?.source, '\\/[0-9]');
    assert.equal(requiredPart('^a?bc*de{2}f$')?.source, 'de');
    for (const source of ['(a)+b', 'a|b', '.+', '[^a]+', 'a*', '(?i)a+']) assert.equal(requiredPart(source), undefined);
    const pieces = ['a', 'b', 'GET', ' ', '/', '\\.', '\\d', '[ab]', '-', '0'];
    const quantifiers = ['', '', '', '+', '*', '?', '+?', '*?', '{2}', '{0,2}', '{1,}'];
    let known = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const random = createRandom(seed);
      const pick = (list: readonly string[]): string => list[random(list.length)] ?? '';
      const body = Array.from({ length: 1 + random(5) }, () => pick(pieces) + pick(quantifiers)).join('');
      const source = pick(['', '^']) + body + pick(['', '$']);
      const required = requiredPart(source);
      if (required === undefined) continue;
      known += 1;
      const linear = compilePattern(`(?-i)${source}`);
      for (const text of texts)
        if (linear.test(text)) assert.ok(required.test(text), `${source} on ${JSON.stringify(text)}`);
    }
    assert.ok(known > 1000, `${known} with a required part`);
  });

  test('takes time linear in the text', () => {
    assert.ok(EVIL.length >= 30);
    for (const [source, textOf] of EVIL) {
      const pattern = compilePattern(source);
      const cpu = (n: number): number => {
        const text = textOf(n);
        const before = process.threadCpuUsage();
        pattern.test(text);
        const { user, system } = process.threadCpuUsage(before);
        return user + system;
      };
      cpu(2000);
      const once = Math.min(cpu(4000), cpu(4000), cpu(4000));
      const eightfold = Math.min(cpu(32_000), cpu(32_000), cpu(32_000));
      // Quadratic time would be 64 times as long. Short times are noise.
      assert.ok(eightfold < 24 * once + 20_000, `${source}: ${once} µs, then ${eightfold} µs`);
    }
  });

  test('returns its named groups', () => {
    const pattern = compilePattern('/users/(?P<user>\\d+)(?:/(?<part>\\w+))?');
    assert.deepEqual(pattern.groupNames, ['user', 'part']);
    assert.deepEqual(pattern.groups('GET /users/42'), { user: '42', part: '' });
    assert.deepEqual(pattern.groups('GET /users/42/cart'), { user: '42', part: 'cart' });
    assert.equal(pattern.groups('GET /'), undefined);
  });

  test('returns all matches with their groups, and no empty one after another', () => {
    const pattern = compilePattern('(?P<letter>[a-z])(\\d)?');
    assert.deepEqual(pattern.names, [undefined, 'letter', undefined]);
    assert.deepEqual(pattern.matches('a1-b'), [
      { start: 0, end: 2, groups: ['a1', 'a', '1'] },
      { start: 3, end: 4, groups: ['b', 'b', undefined] },
    ]);
    const ends = (source: string, text: string) =>
      compilePattern(source)
        .matches(text)
        .map(({ start, end }) => [start, end]);
    assert.deepEqual(ends('x*', 'axb'), [
      [0, 0],
      [1, 2],
      [3, 3],
    ]);
    assert.deepEqual(ends('ab', 'abab'), [
      [0, 2],
      [2, 4],
    ]);
  });

  for (const [source, message] of [
    ['a(b', /^missing closing \): `a\(b`$/],
    ['(?=x)', /`\(\?=`/],
    ['(a)\\1', /invalid escape sequence: `\\1`/],
    ['(a{100}){100}', /invalid repeat count: `\{100\}`/],
    ['\\pL{1000}'.repeat(50), /counted repetitions are too large/],
    ['(abcdefghijklmnopqrst){600}', /compiles to \d+ instructions, more than 10000/],
  ] as const) {
    test(`is refused with its place and problem: ${source.slice(0, 20)}`, () => {
      assert.throws(
        () => compilePattern(source),
        (error) => error instanceof PatternError && message.test(error.message),
      );
    });
  }
});
