import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { type Table, tableFromIPC } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { QueryLimitError, type SqlEncoding, type Store } from '../../../contract.ts';
import { openStore } from '../../../open.ts';
import { queryDuckDb } from '../../../parquet/readers.testing.ts';

let directory: string;
let store: Store;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otelier-formats-'));
  store = await openStore({ directory: join(directory, 'store') });
  await store.append(sampleBatch('traces', 50));
});
after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function encoded(statement: string, encoding: SqlEncoding, maxRows = 100_000) {
  const { pieces, truncated } =
    (await store.sql?.queryEncoded({ tenant: 'default', statement, maxRows, ...encoding })) ?? assert.fail('no SQL');
  return { bytes: Buffer.concat(await Array.fromAsync(pieces)), truncated };
}

async function arrow(statement: string, maxRows?: number): Promise<Table> {
  return tableFromIPC((await encoded(statement, { format: 'arrow' }, maxRows)).bytes);
}

async function parquet(statement: string): Promise<readonly Record<string, unknown>[]> {
  const { bytes } = await encoded(statement, { format: 'parquet' });
  const file = new Uint8Array(bytes).buffer;
  return await parquetReadObjects({ file, compressors });
}

/** One row of every type, and one of nulls. */
const TYPES = `SELECT * FROM (VALUES
  (1::TINYINT, 9007199254740993::BIGINT, (-9223372036854775808)::BIGINT, 170141183460469231731687303715884105727::HUGEINT,
   1.25::DOUBLE, 'NaN'::DOUBLE, 3.14::DECIMAL(10,2), true, 'žluť "x", ' || chr(10) || '=1+1', '', 'ab'::BLOB,
   TIMESTAMP_NS '2026-11-30 12:00:00.123456789', TIMESTAMP '1969-12-31 23:59:59.5', DATE '2026-01-02', 'infinity'::TIMESTAMP,
   [1, NULL, 3], {'a': 1, 'b': 'x'}, MAP {'k': 2}, '{"j":[1]}'::JSON),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) t(tiny, big, min, huge, double, nan, decimal, bool, text, empty, blob, nanos, micros, date, infinite, list, struct, map, json)`;

test('Arrow: apache-arrow reads every type', async () => {
  const table = await arrow(TYPES);
  assert.equal(table.numRows, 2);
  const value = (name: string): unknown => table.getChild(name)?.get(0);
  assert.deepEqual(['tiny', 'big', 'min', 'huge', 'double', 'decimal', 'bool', 'text', 'empty', 'date'].map(value), [
    1n,
    9007199254740993n,
    -(2n ** 63n),
    2 ** 127,
    1.25,
    3.14,
    true,
    'žluť "x", \n=1+1',
    '',
    '2026-01-02',
  ]);
  assert.ok(Number.isNaN(value('nan')));
  assert.deepEqual(value('blob'), new Uint8Array([0x61, 0x62]));
  assert.equal(table.getChild('nanos')?.data[0]?.values[0], 1_796_040_000_123_456_789n);
  assert.equal(table.getChild('micros')?.data[0]?.values[0], -500_000_000n);
  assert.deepEqual(['list', 'struct', 'map', 'json'].map(value), [
    '[1,null,3]',
    '{"a":1,"b":"x"}',
    '{"k":2}',
    '{"j":[1]}',
  ]);
  assert.equal(value('infinite'), null);
  for (const { name } of table.schema.fields) assert.equal(table.getChild(name)?.get(1), null, name);
  assert.equal(String(table.schema.fields.find(({ name }) => name === 'nanos')?.type), 'Timestamp<NANOSECOND>');
});

test('Parquet: hyparquet and DuckDB read every type', async () => {
  const [row, nulls] = await parquet(TYPES);
  assert.ok(row && nulls);
  const { bytes } = await encoded(TYPES, { format: 'parquet' });
  const path = join(directory, 'types.parquet');
  await writeFile(path, bytes);
  const [duck] = await queryDuckDb(
    `SELECT big::VARCHAR, min::VARCHAR, text, epoch_ns(nanos)::VARCHAR, epoch_ns(micros)::VARCHAR, map, bool::VARCHAR, hex(blob) FROM read_parquet('${path}')`,
  );
  assert.deepEqual(Object.values(duck ?? {}), [
    ...['9007199254740993', '-9223372036854775808', 'žluť "x", \n=1+1'],
    ...['1796040000123456789', '-500000000', '{"k":2}', 'true', '6162'],
  ]);
  assert.deepEqual(
    ['tiny', 'big', 'double', 'decimal', 'bool', 'text', 'empty', 'json'].map((name) => row[name]),
    [1n, 9007199254740993n, 1.25, 3.14, true, 'žluť "x", \n=1+1', '', '{"j":[1]}'],
  );
  for (const [name, value] of Object.entries(nulls)) assert.ok(value === null || value === undefined, name);
});

test('CSV: quotes, keeps integers, tells null from empty text, and escapes formulas on request', async () => {
  const { bytes } = await encoded(TYPES, { format: 'csv' });
  assert.equal(
    bytes.toString(),
    'tiny,big,min,huge,double,nan,decimal,bool,text,empty,blob,nanos,micros,date,infinite,list,struct,map,json\r\n' +
      '1,9007199254740993,-9223372036854775808,1.7014118346046923e+38,1.25,NaN,3.14,true,"žluť ""x"", \n=1+1","",YWI=,' +
      '2026-11-30T12:00:00.123456789Z,1969-12-31T23:59:59.500000000Z,2026-01-02,,"[1,null,3]","{""a"":1,""b"":""x""}","{""k"":2}","{""j"":[1]}"\r\n' +
      ',,,,,,,,,,,,,,,,,,\r\n',
  );
  const statement = `SELECT * FROM (VALUES ('=1+1'), ('+1'), ('-x'), ('@a'), (chr(9) || 'a'), ('a=1')) t(a)`;
  const safe = await encoded(statement, { format: 'csv', formulaSafe: true });
  assert.equal(safe.bytes.toString(), "a\r\n'=1+1\r\n'+1\r\n'-x\r\n'@a\r\n'\ta\r\na=1\r\n");
});

test('results are truncated at their row limit, also across record batches', async () => {
  const rows = await arrow('SELECT range AS n, range::VARCHAR AS t FROM range(40000)', 20_000);
  assert.equal(rows.numRows, 20_000);
  assert.deepEqual([rows.getChild('n')?.get(19_999), rows.getChild('t')?.get(19_999)], [19_999n, '19999']);
  assert.equal((await encoded('SELECT 1', { format: 'csv' }, 1)).truncated, false);
  assert.equal((await encoded('SELECT range FROM range(3)', { format: 'csv' }, 2)).truncated, true);
  assert.equal((await arrow('SELECT 1 AS a WHERE false')).numRows, 0);
  assert.deepEqual(await parquet('SELECT 1 AS a WHERE false'), []);
  assert.deepEqual(Object.keys((await parquet('SELECT 1 AS a, 2 AS a, 3 AS "A"'))[0] ?? {}), ['a', 'a_1', 'A_2']);
});

test('a result beyond the size limit fails', async () => {
  const much = 'SELECT repeat(md5(range::VARCHAR), 100) FROM range(25000)';
  await assert.rejects(encoded(much, { format: 'arrow' }), QueryLimitError);
});

test('generated tables are equal in all formats', async () => {
  const random = createRandom(4);
  for (let round = 0; round < 4; round++) {
    const count = 1 + random(20_000 / 4 ** random(6));
    const columns = Array.from({ length: 1 + random(5) }, (_, index) => {
      const type = ['BIGINT', 'DOUBLE', 'VARCHAR', 'BOOLEAN', 'TIMESTAMP_NS'][random(5)];
      const expression = {
        BIGINT: 'h',
        DOUBLE: 'h / 7',
        VARCHAR: 'md5(h::VARCHAR)[:(h % 30)]',
        BOOLEAN: 'h % 2 = 0',
        TIMESTAMP_NS: 'make_timestamp_ns(h)',
      }[type ?? ''];
      return `CASE WHEN h % ${2 + random(9)} = 0 THEN NULL ELSE ${expression} END AS c${index}`;
    });
    const statement = `SELECT ${columns.join(', ')} FROM (SELECT (range * 2654435761) % 1000003 + ${random(1000)} AS h FROM range(${count}))`;
    const table = await arrow(statement);
    const rows = await parquet(statement);
    assert.deepEqual([table.numRows, rows.length], [count, count]);
    for (const { name, type } of table.schema.fields) {
      const column = table.getChild(name);
      for (let row = 0; row < count; row += 1 + random(50)) {
        const [inArrow, inParquet] = [column?.get(row), rows[row]?.[name]];
        if (inArrow === null) assert.ok(inParquet === null || inParquet === undefined, `${name} ${row}`);
        else if (String(type).startsWith('Timestamp')) assert.ok(inParquet instanceof Date, `${name} ${row}`);
        else assert.equal(inArrow, inParquet, `${name} ${row} of ${statement}`);
      }
    }
  }
});
