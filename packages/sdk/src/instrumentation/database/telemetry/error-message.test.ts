import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageWithoutValues } from './error-message.ts';

/** Messages of databases, and what is recorded of them for a statement. */
const CASES: readonly (readonly [message: string, statement: string, recorded: string])[] = [
  ['invalid input for integer: "secret"', 'select * from t where id = ?', 'invalid input for integer: "?"'],
  ['relation "missing" does not exist', 'select * from missing', 'relation "missing" does not exist'],
  ["Table 'test.missing' doesn't exist", 'test select * from missing', "Table 'test.missing' doesn't exist"],
  ["Duplicate entry 'it's secret' for key 'name'", 'insert into t (name) values (?)', "Duplicate entry '?'"],
  [
    "Incorrect value: 'it's secret' for column `t`.`id` at row 1",
    'insert into t',
    "Incorrect value: '?' for column `t`.`?` at row 1",
  ],
  ["near ''secret', it's' at line 1", 'select ?', "near '?' at line 1"],
  [
    'E11000 duplicate key error collection: a.b index: _id_ dup key: { _id: "secret", n: 5 }',
    'insert b',
    'E11000 duplicate key error collection: a.b index: _id_ dup key: { ? }',
  ],
  ["unknown command 'nope', with args beginning with: 'secret' ", 'NOPE ?', "unknown command '?' "],
  ["syntax error at 'x'918273''", 'select ? from x', "syntax error at '?'"],
  ["an unclosed 'secret", 'select ?', "an unclosed '?'"],
  ['no such column: "secret', 'select ?', 'no such column: "?"'],
  ['division by zero', 'select ?', 'division by zero'],
];

for (const [message, statement, recorded] of CASES)
  test(`values are removed from: ${message}`, () => {
    assert.equal(messageWithoutValues(message, statement), recorded);
  });
