import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snippets, urlOf } from './snippets.ts';

test('shows six languages with the listening addresses of this gateway', () => {
  const all = snippets({ grpc: 'http://localhost:14317', http: 'http://localhost:14318' });
  assert.deepEqual(
    all.map((one) => one.language),
    ['Node', 'Python', 'Go', 'Java', 'Rust', 'curl'],
  );
  for (const { language, code } of all) assert.match(code, /http:\/\/localhost:1431[78]/, language);
});

test('converts a listening address to a URL that a program can use', () => {
  assert.equal(urlOf('127.0.0.1:4318', 'localhost'), 'http://127.0.0.1:4318');
  assert.equal(urlOf('0.0.0.0:4317', 'box.lan'), 'http://box.lan:4317');
  assert.equal(urlOf('[::]:4317', 'box.lan'), 'http://box.lan:4317');
  assert.equal(urlOf('10.0.0.5:4318', 'localhost'), 'http://10.0.0.5:4318');
  assert.equal(urlOf('http://127.0.0.1:4318', 'localhost'), 'http://127.0.0.1:4318');
  assert.equal(urlOf('unix:/run/otelier.sock', 'localhost'), 'unix:/run/otelier.sock');
});
