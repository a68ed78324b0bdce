import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import { type Dialect, MYSQL, POSTGRESQL, SQLITE } from './dialect.ts';
import { StatementReader } from './statement.ts';

const SECRET = 'zqxw';
const NUMBER = '918273';

/** Ways to write a literal that contains a secret, by dialect. Each is one that the database itself accepts. */
const LITERALS: Readonly<Record<string, { readonly dialect: Dialect; readonly forms: readonly string[] }>> = {
  postgresql: {
    dialect: POSTGRESQL,
    forms: [
      `'${SECRET}'`,
      `'it''s ${SECRET}'`,
      `'back\\'`,
      `E'\\' ${SECRET}'`,
      `e'${SECRET}\\\\'`,
      `U&'\\0061${SECRET}'`,
      `X'${NUMBER}'`,
      `B'0${NUMBER}'`,
      `$$it's ${SECRET}$$`,
      `$tag$ $$ ${SECRET} $tag$`,
      `'${SECRET}'::text`,
      `timestamp '${NUMBER}'`,
      `'a' -- ${SECRET}\n`,
      `'a' /* ${SECRET} /* nested ' */ ${SECRET} */`,
      NUMBER,
      `-${NUMBER}.5e-3`,
      `.${NUMBER}`,
      `0x${NUMBER}`,
      `1_${NUMBER}`,
    ],
  },
  mysql: {
    dialect: MYSQL,
    forms: [
      `'${SECRET}'`,
      `"${SECRET}"`,
      `'it\\'s ${SECRET}'`,
      `"it""s ${SECRET}"`,
      `'${SECRET}\\\\'`,
      `_utf8mb4'${SECRET}'`,
      `N'${SECRET}'`,
      `x'${NUMBER}'`,
      `0x${NUMBER}`,
      `0b1${NUMBER}`,
      `1 # ${SECRET}\n`,
      `1 /*! ${SECRET} */`,
      `5--'\n${SECRET}'`,
      `5--${NUMBER}`,
      `5 -- it's ${SECRET}\n`,
      NUMBER,
      `${NUMBER}e+5`,
    ],
  },
  sqlite: {
    dialect: SQLITE,
    forms: [
      `'${SECRET}'`,
      `'it''s ${SECRET}'`,
      `"${SECRET}"`,
      `x'${NUMBER}'`,
      `1 -- "${SECRET}\n`,
      `1 /* ${SECRET} */`,
      NUMBER,
      `${NUMBER}.25`,
      `0x${NUMBER}`,
    ],
  },
};

const SHAPES = [
  'select * from users where name = ? and age > ?',
  'insert into orders (id, name) values (?, ?), (?, ?)',
  'update a.users set name=?,note =? where id in (?, ?, ?)',
  'delete from t1 where col1 between ? and ?or x=?',
  'select coalesce(a, ?) as "b" from x join y on x.id = y.id where x.v like ? limit ?',
  'with c as (select ?) select * from c where (c.a, c.b) in ((?, ?), (?, ?))',
];

for (const [name, { dialect, forms }] of Object.entries(LITERALS))
  test(`no literal of ${name} remains in the text or the summary`, () => {
    const shape = fc.constantFrom(...SHAPES).chain((text) => {
      const parts = text.split('?');
      return fc
        .array(fc.constantFrom(...forms), { minLength: parts.length - 1, maxLength: parts.length - 1 })
        .map((literals) => parts.map((part, i) => part + (literals[i] ?? '')).join(''));
    });
    const reader = new StatementReader(dialect);
    fc.assert(
      fc.property(shape, (sql) => {
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
