import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireWriter } from '@otelier/otlp';
import type { BytesColumn, DeferredColumn, MapColumn } from '../parquet/column.ts';
import { attributeColumn, parseAttributeColumn } from '../schema.ts';
import { attributeColumns } from './attribute-columns.ts';
import { AttributesBuilder } from './attributes.ts';
import { createBuilder } from './builders.ts';

type Value = string | number | boolean;

/** Returns a builder with one row per list of attributes. */
function builderOf(rows: readonly (readonly (readonly [string, Value])[])[]): AttributesBuilder {
  const builder = new AttributesBuilder();
  rows.forEach((attributes, row) => {
    builder.beginRequest();
    builder.begin();
    for (const [key, value] of attributes) {
      const pair = new WireWriter();
      pair.stringField(1, key).message(2, (any) => {
        if (typeof value === 'string') any.stringField(1, value);
        else if (typeof value === 'boolean') any.varintField(2, value ? 1 : 0);
        else if (Number.isInteger(value)) any.bigIntField(3, BigInt(value));
        else any.doubleField(4, value);
      });
      const bytes = pair.finish();
      builder.add(row, bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
    }
    builder.end(row);
  });
  return builder;
}

const textOf = ({ bytes, starts }: BytesColumn['entries'], ref: number) =>
  Buffer.from(bytes.subarray((starts[ref - 1] ?? 0) + 4, starts[ref])).toString();

function pairsOf(map: MapColumn, row: number): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (let i = map.starts[row] ?? 0; i < (map.starts[row + 1] ?? 0); i++) {
    pairs[textOf(map.keyEntries, map.keys[i] ?? 0)] = textOf(map.valueEntries, map.values[i] ?? 0);
  }
  return pairs;
}

test('promotes keys in more than one percent of the rows to a column per type, and puts others into the map', () => {
  const rows = Array.from({ length: 1000 }, (_, row) => {
    const attributes: [string, Value][] = [['often', row % 2 === 0 ? 'text' : row]];
    if (row % 50 === 0) attributes.push(['Sometimes', row / 4 + 0.125]);
    if (row % 100 === 0) attributes.push(['seldom', 'a "b"'], ['flag', true]);
    return attributes;
  });
  const { promoted, map: deferred, counts } = attributeColumns(builderOf(rows), 0, 1000);
  const map = deferred.slice(0, 1000);
  assert.deepEqual(
    promoted.map(({ name, type }) => [name, type]),
    [
      ['a.^sometimes#d', 'double'],
      ['a.often#i', 'int64'],
      ['a.often#s', 'text'],
    ],
  );
  assert.deepEqual(pairsOf(map, 100), { seldom: '"a \\"b\\""', flag: 'true' });
  assert.deepEqual(pairsOf(map, 101), {});
  assert.deepEqual(counts, { 'often#s': 500, 'often#i': 500, 'Sometimes#d': 20, 'seldom#s': 10, 'flag#b': 10 });
});

test('promotes at most 64 keys, the most frequent ones, even if they arrive late', () => {
  const rows = Array.from({ length: 200 }, (_, row) => {
    const early = Array.from({ length: 70 }, (_, i): [string, Value] => [`early.${i}`, i]);
    const late: [string, Value][] = [
      ['late.text', `value ${row % 3}`],
      ['late.bool', row % 2 === 0],
      ['late.double', row + 0.5],
    ];
    return row < 20 ? early : late;
  });
  const { promoted, map: deferred } = attributeColumns(builderOf(rows), 0, 200);
  const map = deferred.slice(0, 200);
  assert.equal(promoted.length, 64);
  const late = promoted.filter(({ name }) => name.startsWith('a.late.'));
  assert.deepEqual(
    late.map(({ name }) => name),
    ['a.late.bool#b', 'a.late.double#d', 'a.late.text#s'],
  );
  const text = (late[2] as DeferredColumn<BytesColumn>).slice(0, 200);
  assert.equal(text.refs[0], 0);
  assert.equal(textOf(text.entries, text.refs[199] ?? 0), 'value 1');
  assert.equal(Object.keys(pairsOf(map, 0)).length, 70 - 61);
  assert.deepEqual(pairsOf(map, 199), {});
});

test('column names encode key, type and case', () => {
  const names = new Set<string>();
  for (const key of ['http.route', 'userId', 'userid', 'a^b', 'A^B', 'x#s', '', 'ÜBER', 'two\nlines']) {
    for (const type of ['s', 'i', 'd', 'b'] as const) {
      const name = attributeColumn(key, type);
      assert.deepEqual(parseAttributeColumn(name), { key, type });
      names.add(name.toLowerCase());
    }
  }
  assert.equal(names.size, 36);
  assert.equal(parseAttributeColumn('attrs'), undefined);
  assert.equal(parseAttributeColumn('a.b#w'), undefined);
});

test('counts a long key in each of its paths, so that the texts are split across files', () => {
  const long = 'k'.repeat(100_000);
  const request = new WireWriter();
  request.message(1, (resource) =>
    resource.message(2, (scope) => {
      for (let i = 0; i < 100; i++) {
        scope.message(2, (span) => {
          for (const key of [long, `own ${i}`]) {
            span.message(9, (pair) => pair.stringField(1, key).message(2, (any) => any.stringField(1, 'v')));
          }
        });
      }
    }),
  );
  const builder = createBuilder('traces');
  const { items, complete } = builder.append(request.finish(), 0, { skip: 0, maxBytes: 2 << 20 });
  assert.equal(complete, false);
  assert.ok(items > 0 && items <= 40, `${items} items`);
});
