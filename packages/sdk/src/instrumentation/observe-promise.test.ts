import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { observePromise } from './observe-promise.ts';

test('calls back before the program receives the result, and keeps it', async () => {
  const order: unknown[] = [];
  const unexpected = () => assert.fail('expected another outcome');
  const note = (what: string) => (value: unknown) => order.push([what, value]);
  order.push(['program', await observePromise(Promise.resolve(7), note('result'), unexpected)]);
  const error = new Error('refused');
  await assert.rejects(async () => await observePromise(Promise.reject(error), unexpected, note('error')), error);
  assert.deepEqual(order, [
    ['result', 7],
    ['program', 7],
    ['error', error],
  ]);
});

test('a rejection that the program does not handle ends the program, as without the instrumentation', async () => {
  const script = `import { observePromise } from './observe-promise.ts';
    observePromise(Promise.reject(new Error('not handled')), () => {}, () => {});`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
  });
  await assert.rejects(run, ({ code, stderr }: { readonly code: number; readonly stderr: string }) => {
    assert.match(stderr, /Error: not handled/);
    return code === 1;
  });
});
