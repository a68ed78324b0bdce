import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyValue, evaluate, run } from '../../evaluate.testing.ts';

function extract(text: string, pattern: string, ...args: string[]): unknown {
  const call = `ExtractGrokPatterns(body, ${[JSON.stringify(pattern), ...args].join(', ')})`;
  const value = evaluate(call, { body: anyValue(text) });
  return value instanceof Map ? Object.fromEntries(value) : value;
}

test('extracts values into the groups of a pattern', () => {
  const pattern =
    '^%{IPORHOST:client.address} "%{WORD:method} %{URIPATH:path}" %{INT:status:int} %{NUMBER:took:float}$';
  assert.deepEqual(extract('10.0.0.1 "GET /a/b" 200 1.5', pattern, 'true'), {
    'client.address': '10.0.0.1',
    method: 'GET',
    path: '/a/b',
    status: 200n,
    took: 1.5,
  });
});

test('names groups after their patterns unless only named ones are wanted', () => {
  assert.deepEqual(extract('a 1', '%{WORD} %{INT:n}'), { WORD: 'a', n: '1' });
  assert.deepEqual(extract('a 1', '%{WORD} %{INT:n}', 'true'), { n: '1' });
});

test('returns an empty map if the pattern does not match, and leaves out empty groups', () => {
  assert.deepEqual(extract('x', '%{INT:n}', 'true'), {});
  assert.deepEqual(extract('x', '%{DATA:d}x', 'true'), {});
});

test('takes definitions of its own', () => {
  assert.deepEqual(extract('id-7', '%{ID:id}', 'true', '["ID=id-%{NUM:number:int}", "NUM=[0-9]"]'), {
    id: 'id-7',
    number: 7n,
  });
});

const MATCHES: [string, string][] = [
  ['IP', '2001:db8::ff00:42:8329'],
  ['IP', '::1'],
  ['IPV6', '::'],
  ['IPV6', 'fe80::1%eth0'],
  ['IPV6', '1:2:3:4:5:6:7:8'],
  ['IPV6', '64:ff9b::192.0.2.33'],
  ['HOSTPORT', 'shop.example.com:8080'],
  ['MAC', '00-1B-44-11-3A-B7'],
  ['UUID', 'f47ac10b-58cc-4372-a567-0e02b2c3d479'],
  ['EMAILADDRESS', 'a.b+c@example.com'],
  ['URI', 'https://user:secret@example.com:8080/a/b?c=d'],
  ['PATH', String.raw`C:\\logs\\a.txt`.replaceAll('\\\\', '\\')],
  ['QS', String.raw`"a \" b"`],
  ['TIMESTAMP_ISO8601', '2024-02-29T12:34:56.789Z'],
  ['SYSLOGTIMESTAMP', 'Feb 29 12:34:56'],
  ['HTTPDATE', '10/Oct/2000:13:55:36 -0700'],
  ['LOGLEVEL', 'WARNING'],
  ['DATESTAMP_RFC2822', 'Thu, 29 Feb 2024 12:34:56 +0100'],
];

for (const [name, text] of MATCHES)
  test(`${name} matches ${text}`, () => {
    assert.deepEqual(extract(text, `^%{${name}:it}$`, 'true'), { it: text });
  });

test('does not match what looks similar', () => {
  for (const [name, text] of [
    ['IPV4', '1.2.3.256'],
    ['IPV6', '1:2:3'],
    ['IPV6', '1::2::3'],
    ['HOUR', '24'],
  ])
    assert.deepEqual(extract(text ?? '', `^%{${name}:it}$`, 'true'), {}, text);
});

test('rejects patterns that it cannot compile', () => {
  const rejects = (args: string, error: RegExp) =>
    assert.throws(() => run({}, `set(body, ExtractGrokPatterns(body, ${args}))`), error);
  rejects('"%{NOPE}"', /unknown Grok pattern "NOPE"/);
  rejects('"%{A}", false, ["A=%{A}"]', /without cycles/);
  rejects('"%{INT}", true', /at least one named group/);
  rejects('"x", true, ["A"]', /expected NAME=pattern, got "A"/);
  assert.throws(() => extract('1', '%{INT:n:date}'), /expected the type string, int/);
});
