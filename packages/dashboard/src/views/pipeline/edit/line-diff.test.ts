import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLines, diffLines } from './line-diff.ts';
import { repairsOf } from './repairs.ts';

test('marks added, changed and removed lines', () => {
  const before = 'a:\n  health:\n    script: x\n  tail:\n    wait: 10s\n  last: 1';
  const after = 'a:\n  filter:\n    drop: y\n  tail:\n    wait: 20s\n  last: 1\n  more: 2';
  assert.deepEqual(diffLines(before, after), {
    added: [2, 3, 7],
    changed: [5],
    removed: [{ before: 2, lines: ['  health:', '    script: x'] }],
  });
  assert.deepEqual(countLines(diffLines(before, after)), { added: 3, changed: 1, removed: 2 });
  assert.deepEqual(diffLines(before, before), { added: [], changed: [], removed: [] });
});

test('of long texts that differ entirely, everything is replaced', () => {
  const lines = (prefix: string) => Array.from({ length: 3000 }, (_, index) => `${prefix}${index}: x`).join('\n');
  assert.deepEqual(countLines(diffLines(lines('a'), lines('b'))), { added: 3000, changed: 0, removed: 3000 });
});

test('repairs names and quantities', () => {
  const size = 'expected a size such as "64MiB", "10GB" or a number of bytes, got "512 mb"';
  assert.deepEqual(repairsOf(size), ['512MiB', '512MB']);
  const duration = (got: string) => `expected a duration such as "200ms", "5s" or "1h30m", got ${got}`;
  assert.deepEqual(repairsOf(duration('"10 seconds"')), ['10s']);
  assert.deepEqual(repairsOf(duration('200')), ['200ms', '200s']);
  assert.deepEqual(repairsOf('expected one of "a", got "batchh"; did you mean "batch"?'), ['batch']);
  assert.deepEqual(repairsOf('expected something else'), []);
});
