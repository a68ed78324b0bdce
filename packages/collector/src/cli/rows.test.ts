import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsAsJson, rowsAsTable } from './rows.ts';

const columns = [
  { name: 'name', type: 'VARCHAR' },
  { name: 'attributes', type: 'JSON' },
];

test('JSON is a list of objects by column, a row a line', () => {
  const rows = [
    ['GET /', { a: [1] }],
    [null, 'x'],
  ];
  const text = rowsAsJson({ columns, rows });
  assert.equal(text.split('\n').length, 4);
  assert.deepEqual(JSON.parse(text), [
    { name: 'GET /', attributes: { a: [1] } },
    { name: null, attributes: 'x' },
  ]);
  assert.deepEqual(JSON.parse(rowsAsJson({ columns, rows: [] })), []);
});

test('a table lines columns up, shortens what is long, and counts rows', () => {
  const rows = [
    ['GET /', { a: 1 }],
    ['two\nlines', undefined],
    ['x'.repeat(80), null],
  ];
  const lines = rowsAsTable({ columns, rows }).split('\n');
  assert.equal(lines[0], `name${' '.repeat(58)}attributes`);
  assert.match(lines[1] ?? '', /^─{60} {2}─{10}$/);
  assert.match(lines[2] ?? '', /^GET \/ {57}\{"a":1\}$/);
  assert.equal(lines[3], 'two lines');
  assert.equal(lines[4], `${'x'.repeat(59)}…`);
  assert.equal(lines[5], '3 rows');
  assert.match(rowsAsTable({ columns, rows: [rows[0] ?? []] }), /\n1 row$/);
  assert.match(rowsAsTable({ columns, rows: [] }), /^name {2}attributes\n─{4} {2}─{10}\n0 rows$/);
});
