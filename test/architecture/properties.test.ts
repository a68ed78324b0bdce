import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './sources.ts';

test('every property has a seed, its own or that of the run, so that a failure can be repeated', () => {
  const files = globSync(['packages/*/src/**/*.ts', 'test/**/*.ts'], {
    cwd: root,
    exclude: ['**/node_modules/**', '**/.build/**'],
  });
  const calls = files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return [...text.matchAll(/\bfc\.(?:assert|check|sample)(?:<[^()]*>)?\((?!\))/g)].map(({ 0: call, index }) => ({
      file: `${file}:${text.slice(0, index).split('\n').length}`,
      call: callAt(text, index + call.length),
    }));
  });
  assert.ok(calls.length > 50, String(calls.length));
  const wrong = calls.filter(({ call }) => !/seed|RUNS/i.test(call)).map(({ file }) => file);
  assert.deepEqual(wrong, [], 'pass `seeded()` of @otelier/testkit/seeded');
});

/** Returns the arguments of the call whose parenthesis is before a position. */
function callAt(text: string, start: number): string {
  let depth = 1;
  let end = start;
  for (; depth > 0 && end < text.length; end++) depth += text[end] === '(' ? 1 : text[end] === ')' ? -1 : 0;
  return text.slice(start, end);
}
