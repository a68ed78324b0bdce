import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './sources.ts';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

const lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Entry>>;
};
const fromRegistry = Object.entries(lockfile.packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
);

test('every registry package is locked to an integrity hash', () => {
  assert.ok(fromRegistry.length > 100);
  const without = fromRegistry.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''));
  assert.deepEqual(
    without.map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`),
    [],
    'packages without integrity: take it from `npm view NAME@VERSION dist.integrity`',
  );
});

test('the lockfile contains no registry URL, so that it works with any registry', () => {
  assert.deepEqual(
    fromRegistry.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
    [],
  );
});
