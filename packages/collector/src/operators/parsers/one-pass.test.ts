import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern } from '@otelier/query/pattern';
import { createRandom } from '@otelier/testkit/otlp/random';
import { onePassExpression } from './one-pass.ts';

const FAST = [
  '^(?P<time>\\S+) (?P<level>[A-Z]+) (?P<logger>[\\w.]+) (?P<message>.*)$',
  '^(?P<ip>\\S+) - (?P<user>\\S+) \\[(?P<time>[^\\]]+)\\] "(?P<method>\\w+)',
  '^(\\d{4})-(\\d{2,3})x?,(.*)',
  '^(?:a+)\\s*b',
  '^[^,]*,[^,]*,(.*)$',
];
const SLOW = [
  'a',
  '^a+a',
  '^(a+)+$',
  '^(\\w+\\s?)*$',
  '^a*?b',
  '^.*x',
  '^a|b',
  '^\\S+.x',
  '^(?i)a',
  '^[[:alpha:]]+',
  '^\\pL',
  '^a{2}{3}',
];

test('only expressions that cannot backtrack use the engine of JavaScript', () => {
  for (const source of FAST) assert.ok(onePassExpression(source), source);
  for (const source of SLOW) assert.equal(onePassExpression(source), undefined, source);
});

test('they match like RE2, also random texts', () => {
  const random = createRandom(1);
  const pieces = [
    'a',
    'b',
    ' ',
    '-',
    '"',
    '[',
    ']',
    '2026',
    ',',
    '\n',
    '\r',
    '\u{a0}',
    '\u{2028}',
    '\u{fc}',
    'GET',
    '.',
    'x',
    ' - ',
  ];
  for (const source of FAST) {
    const fast = onePassExpression(source);
    const pattern = compilePattern(source);
    for (let run = 0; run < 400; run++) {
      const text = Array.from({ length: random(14) }, () => pieces[random(pieces.length)] ?? '').join('');
      const expected = pattern.matches(text)[0]?.groups;
      const match = fast?.exec(text);
      assert.deepEqual(match ? [...match] : undefined, expected && [...expected], `${source} ${JSON.stringify(text)}`);
    }
  }
});
