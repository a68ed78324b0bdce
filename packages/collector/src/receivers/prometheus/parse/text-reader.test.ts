import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNumber } from './number.ts';
import { TextReader } from './text-reader.ts';

function read(text: string, isOpenMetrics = false) {
  const reader = new TextReader(Buffer.from(text), isOpenMetrics);
  const entries: unknown[] = [];
  for (;;) {
    const entry = reader.next();
    if (entry === 'end') return entries;
    if (entry === 'sample') entries.push([reader.identity(), reader.value, reader.timestampMillis]);
    else entries.push([entry, reader.family, entry === 'type' ? reader.type : reader.text]);
  }
}

test('reads the variants of spacing, quoting and numbers that Prometheus accepts', () => {
  const page = '# HELP a one\\\\two\\nthree\n#comment\n#\tTYPE  a\tcounter\n\n  a{ x = "1" , } +1e3 -' + '\n';
  assert.throws(() => read(page), /line 5: expected a timestamp or the end of the line/);
  const text =
    '# HELP a one\\\\two\\nthree\n#comment\n#\tTYPE  a\tcounter\n\na{ x = "1" , } +1e3 17\n{"b c",y="é"}Inf\nnan NaN\nlast 1';
  assert.deepEqual(read(text), [
    ['help', 'a', 'one\\two\nthree'],
    ['type', 'a', 'counter'],
    [{ name: 'a', labels: [['x', '1']] }, 1000, 17],
    [{ name: 'b c', labels: [['y', 'é']] }, Number.POSITIVE_INFINITY, undefined],
    [{ name: 'nan', labels: [] }, Number.NaN, undefined],
    [{ name: 'last', labels: [] }, 1, undefined],
  ]);
});

test('rejects what Prometheus rejects, and names the line', () => {
  for (const [text, message] of [
    ['a 1\na{x} 1\n', /line 2: expected = after the name of a label/],
    ['{"a","b"} 1\n', /expected one metric name, got two/],
    ['{x="1"} 1\n', /expected a metric name/],
    ['a 0x1p3\n', /expected a number, got "0x1p3"/],
    ['a 1_0\n', /expected a number/],
    ['a 1e999\n', /expected a number/],
    ['a{x="\\xff"} 1\n', undefined],
    ['# TYPE a count\n', /line 1: expected a metric type, got "count"/],
    ['a\n', /expected a number, got ""/],
    ['5a 1\n', /expected a name/],
  ] as const) {
    if (message !== undefined) assert.throws(() => read(text), { name: 'ExpositionError', message }, text);
  }
  for (const text of [
    'a 1\n',
    'a  1\n# EOF\n',
    'a 1\n# EOF\nb 1\n',
    '# TYPE a info',
    'a 1 # {x="1"}\n# EOF\n',
    '\n# EOF\n',
  ])
    assert.throws(() => read(text, true), { name: 'ExpositionError' }, text);
  const invalid = Buffer.concat([Buffer.from('a{x="'), Buffer.from([0xff]), Buffer.from('"} 1\n')]);
  assert.throws(() => new TextReader(invalid, false).next(), /expected UTF-8 text/);
});

test('numbers are those that JavaScript reads from the same text', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  );
  const format = fc.constantFrom(
    (one: number) => String(one),
    (one: number) => one.toExponential(),
    (one: number) => one.toFixed(3),
  );
  fc.assert(
    fc.property(value, format, (one, write) => {
      const bytes = Buffer.from(`  ${write(one)} `);
      assert.equal(parseNumber(bytes, 2, bytes.length - 1), Number(write(one)));
    }),
    { numRuns: 3000, seed: 3 },
  );
});
