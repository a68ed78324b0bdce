import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCause } from '@otelier/query';
import { type Aside, readAsides, stateOf, writeAsides } from './aside.ts';

const AT = 1_790_000_000_000;

function cause(seenMillis: number, versions: readonly string[]): ErrorCause {
  const seen = { fingerprint: 'f', lastSeenNanos: `${seenMillis}000000` };
  return { ...seen, versions: versions.map((value) => ({ value, count: 1 })) } as unknown as ErrorCause;
}

function asided(state: Aside['state'], versions: readonly string[] = ['1.0']) {
  return new Map([['f', { state, atMillis: AT, versions }]]);
}

test('a resolved error regresses when it occurs later, in any version', () => {
  assert.equal(stateOf(cause(AT - 1, ['1.0']), asided('resolved')), 'aside');
  assert.equal(stateOf(cause(AT + 1, ['1.0']), asided('resolved')), 'regressed');
});

test('an error resolved in the next version regresses only in a version that it had not occurred in', () => {
  assert.equal(stateOf(cause(AT + 1, ['1.0']), asided('next-version')), 'aside');
  assert.equal(stateOf(cause(AT + 1, ['1.0', '1.1']), asided('next-version')), 'regressed');
  // A range in the past, in which an older version ran.
  assert.equal(stateOf(cause(AT - 1, ['0.9']), asided('next-version')), 'aside');
});

test('an ignored error stays aside, and others are open', () => {
  assert.equal(stateOf(cause(AT + 1, ['2.0']), asided('ignored')), 'aside');
  assert.equal(stateOf(cause(AT + 1, ['2.0']), new Map()), 'open');
});

test('what is saved is read, without damaged entries, and bounded', () => {
  const all = asided('resolved', ['1.0', '1.1']);
  assert.deepEqual(readAsides(writeAsides(all)), all);
  const damaged = { causes: { a: null, b: { state: 'gone', atMillis: 1, versions: [] }, c: { state: 'ignored' } } };
  assert.equal(readAsides(damaged).size, 0);
  for (const content of [undefined, null, 'x', [], { causes: [] }]) assert.equal(readAsides(content).size, 0);
  const many = new Map(
    Array.from({ length: 1200 }, (_, n) => [`${n}`, { state: 'ignored', atMillis: n, versions: [] }] as const),
  );
  const kept = readAsides(writeAsides(many));
  assert.equal(kept.size, 1000);
  assert.ok(kept.has('1199') && !kept.has('199'));
});
