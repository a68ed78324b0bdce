import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { GroupedPath } from './grouped-path.ts';

test('puts a value into the path, with the directories in it', () => {
  const data = new GroupedPath('/data/*.json');
  assert.equal(data.of('cart'), '/data/cart.json');
  assert.equal(data.of('eu/cart'), '/data/eu/cart.json');
  assert.equal(data.of('./cart'), '/data/cart.json');
  assert.equal(data.of('a/./b/../c'), '/data/a/c.json');
  assert.equal(data.of(''), '/data/.json');
  assert.equal(new GroupedPath('./out/x-*').of('cart'), resolve('out/x-cart'));
  assert.equal(new GroupedPath('./*.json').of('cart'), resolve('cart.json'));
});

test('never leaves the directories before the value', () => {
  for (const [path, value, expected] of [
    ['/data/*.json', '../etc/my_config', '/data/etc/my_config.json'],
    ['/data/*.json', '../../../etc/passwd', '/data/etc/passwd.json'],
    ['/data/*.json', 'a/../../../etc/passwd', '/data/etc/passwd.json'],
    ['/data/*.json', '/etc/passwd', '/data/etc/passwd.json'],
    ['/data/x-*', '/../../y', '/data/x-/y'],
    ['/data/*/out.json', '..', '/data/out.json'],
    ['/data/*/out.json', '../..', '/data/out.json'],
  ] as const) {
    assert.equal(new GroupedPath(path).of(value), expected, `${path} for ${value}`);
  }
});
