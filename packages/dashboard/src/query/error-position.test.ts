import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locateError } from './error-position.ts';
import type { Language } from './languages.ts';
import { expandMacros } from './macros.ts';

const window = { startMillis: 0, endMillis: 60_000, stepMillis: 1000 };
const locate = (language: Language, text: string, message: string) =>
  locateError(language, expandMacros(text, window), message);

test('finds the position in messages of every language', () => {
  const prom = locate(
    'promql',
    'sum(rate(foo[5m]',
    'invalid parameter "query": 1:17: parse error: unclosed left parenthesis',
  );
  assert.deepEqual(prom, { message: 'unclosed left parenthesis', offset: 16 });
  const loki = locate('logql', '{a="b"}\n|= x', 'parse error at line 2, col 4: syntax error: unexpected IDENTIFIER\n');
  assert.deepEqual(loki, { message: 'unexpected IDENTIFIER', offset: 11 });
  const tempo = locate(
    'traceql',
    '{status=',
    'invalid TraceQL query: parse error at line 1, col 9: syntax error: unexpected $end',
  );
  assert.deepEqual(tempo, { message: 'unexpected $end', offset: 8 });
  const sql = locate(
    'sql',
    'SELECT 1,\n  count(* FROM spans',
    'SQL: line 2, column 11: syntax error at or near "FROM"',
  );
  assert.deepEqual(sql, { message: 'syntax error at or near "FROM"', offset: 20 });
});

test('PromQL counts bytes', () => {
  assert.equal(locate('promql', '{a="é"} x', '1:10: parse error: unexpected identifier "x"').offset, 8);
});

test("finds DuckDB's caret, also below a shortened line", () => {
  const text = 'SELECT foo\nFROM spans WHERE bar = 1';
  const message =
    'Binder Error: "bar" not found\nCandidates: "name"\n\nLINE 2: FROM spans WHERE bar = 1\n                         ^';
  assert.deepEqual(locate('sql', text, message), {
    message: 'Binder Error: "bar" not found\nCandidates: "name"',
    offset: text.indexOf('bar'),
  });
  const long = `SELECT ${'a, '.repeat(40)}bar FROM spans`;
  const shown = long.slice(60, 134);
  const caret = ' '.repeat('LINE 1: ...'.length + shown.indexOf('bar'));
  assert.equal(locate('sql', long, `E\n\nLINE 1: ...${shown}...\n${caret}^`).offset, long.indexOf('bar'));
});

test('positions refer to the text before macros were replaced', () => {
  const text = 'rate(a[$__rate_interval]) +';
  assert.equal(locate('promql', text, '1:14: parse error: unexpected end of input').offset, text.length);
});

test('keeps messages without a position', () => {
  assert.deepEqual(locate('logql', '{}', 'parse error : queries require at least one matcher'), {
    message: 'parse error : queries require at least one matcher',
    offset: undefined,
  });
});
