import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import { POSTGRESQL } from './dialect.ts';
import { LITERALS, literalStatements, NUMBER, SECRET } from './literals.testing.ts';
import { StatementReader } from './statement.ts';

for (const [name, { dialect, forms }] of Object.entries(LITERALS))
  test(`no literal of ${name} remains in the text or the summary`, () => {
    const reader = new StatementReader(dialect);
    fc.assert(
      fc.property(literalStatements(forms), (sql) => {
        const { text, summary } = reader.read(sql);
        assert.doesNotMatch(`${text} ${summary}`, new RegExp(`${SECRET}|${NUMBER}`), sql);
        assert.match(text, /^(?:select|insert|update|delete|with) /);
      }),
      seeded({ numRuns: 500 }),
    );
  });

test('any text is read without an error', () => {
  for (const { dialect } of Object.values(LITERALS)) {
    const reader = new StatementReader(dialect);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'\'"`$[]()?,.:-/*#\\ \nae1EXé'.split('')) }), (sql) => {
        reader.read(sql);
      }),
      seeded({ numRuns: 500 }),
    );
    for (const part of ['(', ')', '?,', "'", '"', '$', '/*', 'from ', '.', '(1),', '1,'])
      assert.ok(reader.read(part.repeat(50_000)).text.length <= 8_193);
  }
});

describe('a statement is described by its text, summary, operation and table', () => {
  const cases: readonly (readonly [
    sql: string,
    text: string,
    summary: string,
    operation?: string | undefined,
    table?: string,
  ])[] = [
    ['SELECT 1', 'SELECT ?', 'SELECT', 'SELECT'],
    [
      'select  *\nfrom "users" -- c\nwhere id = $1',
      'select * from "users" where id = $1',
      'SELECT users',
      'SELECT',
      'users',
    ],
    ['INSERT INTO a.b VALUES (1, 2), (3, 4)', 'INSERT INTO a.b VALUES (?)', 'INSERT a.b', 'INSERT', 'a.b'],
    ['select 1 from x join y using (id)', 'select ? from x join y using (id)', 'SELECT x y', 'SELECT'],
    ['update t1 set a = 5', 'update t1 set a = ?', 'UPDATE t1', 'UPDATE', 't1'],
    ['delete from t where id in (1, 2, 3)', 'delete from t where id in (?)', 'DELETE t', 'DELETE', 't'],
    ['CREATE TABLE IF NOT EXISTS t (id int)', 'CREATE TABLE IF NOT EXISTS t (id int)', 'CREATE TABLE t', 'CREATE', 't'],
    ['insert into t select * from u', 'insert into t select * from u', 'INSERT t u', 'INSERT'],
    ['select * from (select 2 from u) x', 'select * from (select ? from u) x', 'SELECT SELECT u', 'SELECT', 'u'],
    ['select * from a for update', 'select * from a for update', 'SELECT a', 'SELECT', 'a'],
    ['begin', 'begin', 'BEGIN', 'BEGIN'],
    [
      'select 1 from a; insert into a values (1);',
      'select ? from a; insert into a values (?);',
      'SELECT a INSERT a',
      undefined,
      'a',
    ],
    ['', '', ''],
  ];
  for (const [sql, text, summary, operation, table] of cases)
    test(JSON.stringify(sql), () => {
      assert.deepEqual(new StatementReader(POSTGRESQL).read(sql), { text, summary, operation, collection: table });
    });
});

test('the number of values does not change the text', () => {
  const reader = new StatementReader(POSTGRESQL);
  const rows = (count: number) => Array.from({ length: count }, (_, i) => `(${i}, $${i + 1}, 'x')`).join(', ');
  const [one, many] = [1, 100].map((count) => reader.read(`insert into t (a, b, c) values ${rows(count)}`).text);
  assert.equal(one, many);
});
