import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointError, formatEndpoint, parseEndpoint } from './endpoint.ts';

test('parses and formats hosts, IPv6 addresses, bare ports and unix sockets', () => {
  for (const text of [
    '127.0.0.1:4317',
    '[::1]:0',
    'localhost:65535',
    ':4317',
    'unix:/run/otlp.sock',
    'unix:relative.sock',
  ]) {
    assert.equal(formatEndpoint(parseEndpoint(text)), text);
  }
  assert.deepEqual(parseEndpoint('unix:///run/otlp.sock'), { kind: 'unix', path: '/run/otlp.sock' });
  assert.deepEqual(parseEndpoint('[fe80::1%eth0]:1'), { kind: 'tcp', host: 'fe80::1%eth0', port: 1 });
});

test('rejects an invalid endpoint and quotes it', () => {
  for (const text of [
    '',
    '4317',
    'localhost',
    'localhost:',
    '::1:4317',
    'host:65536',
    'host:-1',
    'a b:1',
    'unix:',
    'http://x:1',
  ]) {
    assert.throws(
      () => parseEndpoint(text),
      (error) => error instanceof EndpointError && error.message.includes(`got "${text}"`),
      text,
    );
  }
});
