import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyValue, evaluate } from '../../evaluate.testing.ts';
import type { Value } from '../../values/value.ts';
import { functions } from '../of-context.ts';

/** Evaluates an expression against a log record with the given body. */
function parsed(expression: string, body: string): Value {
  return evaluate(expression, { body: anyValue(body) }, functions('log'));
}

const plain = (value: Value): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([key, entry]) => [key, plain(entry)]))
    : Array.isArray(value)
      ? value.map(plain)
      : value;

test('parses CEF after a syslog header', () => {
  const line = String.raw`Sep 19 host CEF:0|Security|threat\|manager|1.0|100|worm stopped|10|src=10.0.0.1 msg=a \= b act=x`;
  assert.deepEqual(plain(parsed('ParseCEF(body)', line)), {
    'cef.version': '0',
    'cef.device_vendor': 'Security',
    'cef.device_product': 'threat|manager',
    'cef.device_version': '1.0',
    'cef.device_event_class_id': '100',
    'cef.name': 'worm stopped',
    'cef.severity': '10',
    'cef.extensions': { src: '10.0.0.1', msg: 'a = b', act: 'x' },
  });
});

test('parses the Common and the Combined Log Format', () => {
  const line = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326';
  const common = {
    'clf.remote_host': '127.0.0.1',
    'clf.rfc931': '-',
    'clf.auth_user': 'frank',
    'clf.timestamp': '10/Oct/2000:13:55:36 -0700',
    'clf.request': 'GET /a.gif HTTP/1.0',
    'clf.method': 'GET',
    'clf.request_uri': '/a.gif',
    'clf.protocol': 'HTTP/1.0',
    'clf.status': 200n,
    'clf.bytes': 2326n,
  };
  assert.deepEqual(plain(parsed('ParseCLF(body)', line)), common);
  const combined = String.raw`${line} "http://x/" "Mozilla \"5\""`;
  assert.deepEqual(plain(parsed('ParseCLF(body, "combined")', combined)), {
    ...common,
    'clf.referer': 'http://x/',
    'clf.user_agent': 'Mozilla "5"',
  });
  assert.throws(() => parsed('ParseCLF(body)', combined), /expected a line of the Common Log Format/);
});

test('parses the Extended Log Format', () => {
  const block = '#Version: 1.0\n#Fields: time cs-method cs-uri\n00:34:23 GET "/foo bar"\n00:34:24 POST';
  assert.deepEqual(plain(parsed('ParseELF(body)', block)), {
    'elf.version': '1.0',
    'elf.fields': ['time', 'cs-method', 'cs-uri'],
    'elf.entries': [
      { time: '00:34:23', 'cs-method': 'GET', 'cs-uri': '/foo bar' },
      { time: '00:34:24', 'cs-method': 'POST', 'cs-uri': '-' },
    ],
  });
});

test('parses LEEF 1.0 and 2.0', () => {
  const first = plain(
    parsed('ParseLEEF(body)', 'LEEF:1.0|Microsoft|MSExchange|4.0 SP1|15345|src=10.50.1.1\tdst=2.10.20.20'),
  );
  assert.deepEqual(first, {
    'leef.version': '1.0',
    'leef.vendor': 'Microsoft',
    'leef.product.name': 'MSExchange',
    'leef.product.version': '4.0 SP1',
    'leef.event.id': '15345',
    'leef.attributes': { src: '10.50.1.1', dst: '2.10.20.20' },
  });
  const attributesOf = (line: string) =>
    (plain(parsed('ParseLEEF(body)', line)) as Record<string, unknown>)['leef.attributes'];
  assert.deepEqual(attributesOf('LEEF:2.0|L|S|1.0|41|^|src=10.0.1.8^dst=10.0.0.5'), {
    src: '10.0.1.8',
    dst: '10.0.0.5',
  });
  assert.deepEqual(attributesOf('LEEF:2.0|L|S|1.0|41|0x09|a=1\tb=2'), { a: '1', b: '2' });
});

for (const expression of ['ParseCEF(body)', 'ParseELF(body)', 'ParseLEEF(body)', 'ParseCLF(body)'])
  test(`${expression} fails on other text`, () => assert.throws(() => parsed(expression, 'hello'), /expected/));
