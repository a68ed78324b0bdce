import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsAsJson, rowsAsTable } from './rows.ts';

const columns = [
  { name: 'name', type: 'VARCHAR' },
  { name: 'attributes', type: 'JSON' },
];

test('escapes terminal control characters in tables and in JSON', () => {
  const hostile = 'a\u001b]0;title\u0007\u009b31m\u007f\u202e\u2066';
  const escaped = 'a\\u001b]0;title\\u0007\\u009b31m\\u007f\\u202e\\u2066';
  const result = { columns: [{ name: hostile, type: 'VARCHAR' }], rows: [[hostile], [`${'x'.repeat(58)}🙂🙂`]] };
  const [head, , first, second] = rowsAsTable(result).split('\n');
  assert.deepEqual([head, first, second], [escaped, escaped, `${'x'.repeat(58)}…`]);
  const json = rowsAsJson(result);
  assert.doesNotMatch(json, /(?!\n)[\p{Cc}\p{Bidi_C}]/u);
  assert.deepEqual(JSON.parse(json)[0], { [hostile]: hostile });
});

test('keeps columns of the same name in JSON', () => {
  const same = { name: 'a', type: 'INTEGER' };
  const rows = [[1, 2, 3]];
  assert.deepEqual(JSON.parse(rowsAsJson({ columns: [same, same, { name: 'a_1', type: 'INTEGER' }], rows })), [
    { a: 1, a_1: 2, a_1_1: 3 },
  ]);
});

test('formats JSON as a list of objects by column, one row per line', () => {
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

test('aligns columns, truncates long values, and counts rows in a table', () => {
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

test('fits a table to the width of the terminal', () => {
  const row = ['GET /', 'x'.repeat(100), 'y'.repeat(30)];
  const three = { columns: [...columns, { name: 'other', type: 'VARCHAR' }], rows: [row] };
  for (const width of [40, 80, 120, 200]) {
    const lines = rowsAsTable(three, width).split('\n');
    assert.ok(
      lines.every((line) => line.length <= width),
      lines.join('\n'),
    );
    assert.match(lines[2] ?? '', /^GET \/ {2}x/);
    assert.equal(lines[3], '1 row');
  }
  // Columns that fit are shown completely.
  assert.match(rowsAsTable(three, 200), /x{100} {2}y{30}/);
  const many = { columns: Array(12).fill(columns[0]), rows: [Array(12).fill('z'.repeat(20))] };
  const lines = rowsAsTable(many, 40).split('\n');
  assert.ok(lines.slice(0, 3).every((line) => line.length <= 40));
  assert.equal(lines[3], '1 row; 8 more columns, shown with --json');
});
