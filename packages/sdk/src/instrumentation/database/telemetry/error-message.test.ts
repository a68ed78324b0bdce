import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageWithoutValues } from './error-message.ts';

/** Messages of databases, and what is recorded of them for a statement. */
const CASES: readonly (readonly [message: string, statement: string, recorded: string])[] = [
  [
    'invalid input syntax for type integer: "secret"',
    'select * from t where id = ?',
    'invalid input syntax for type integer: "?"',
  ],
  ['relation "missing" does not exist', 'select * from missing', 'relation "missing" does not exist'],
  ["Table 'test.missing' doesn't exist", 'test select * from missing', "Table 'test.missing' doesn't exist"],
  [
    "Duplicate entry 'it''s secret' for key 'name'",
    'insert into t (name) values (?)',
    "Duplicate entry '?' for key 'name'",
  ],
  ["near ''secret', it's' at line 1", 'select ?', "near '?' at line 1"],
  [
    'E11000 duplicate key error collection: a.b index: _id_ dup key: { _id: "secret", n: 5 }',
    'insert b',
    'E11000 duplicate key error collection: a.b index: _id_ dup key: { ? }',
  ],
  [
    "ERR unknown command 'nope', with args beginning with: 'secret' ",
    'NOPE ?',
    "ERR unknown command '?', with args beginning with: '?' ",
  ],
  ["an unclosed 'secret", 'select ?', "an unclosed '?'"],
  ['no such column: "secret', 'select ?', 'no such column: "?"'],
  ['division by zero', 'select ?', 'division by zero'],
];

for (const [message, statement, recorded] of CASES)
  test(`values are removed from: ${message}`, () => {
    assert.equal(messageWithoutValues(message, statement), recorded);
  });
