import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FREE_PORTS, otelier, withTempDirectory } from './otelier.testing.ts';

const BIN = fileURLToPath(new URL('../../bin/otelier.js', import.meta.url));
const isLinux = process.platform === 'linux';

/** Starts the service and returns the environment with which its process was last started. */
async function environmentOf(t: TestContext, directory: string, more: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [BIN, '--data', join(directory, 'data'), ...FREE_PORTS], {
    env: { ...process.env, ...more },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  assert.ok(child.stdout !== null);
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    output += text;
    if (output.includes('Stop with Ctrl-C')) break;
  }
  const environment = readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return environment.filter((entry) => /^(MALLOC_|OTELIER_ALLOCATOR)/.test(entry));
}

test('the service runs with settings that return freed memory to the system', { skip: !isLinux }, (t) =>
  withTempDirectory(async (directory) => {
    const environment = await environmentOf(t, directory, {});
    assert.ok(environment.includes('MALLOC_ARENA_MAX=2'), environment.join('\n'));
  }),
);

test('settings of the user stay as they are', { skip: !isLinux }, (t) =>
  withTempDirectory(async (directory) => {
    assert.deepEqual(await environmentOf(t, directory, { MALLOC_ARENA_MAX: '3' }), ['MALLOC_ARENA_MAX=3']);
  }),
);

test('an application that the service starts does not inherit them', () =>
  withTempDirectory(async (directory) => {
    const script = 'console.log(Object.keys(process.env).filter((name) => /^MALLOC_|ALLOCATOR/.test(name)).length)';
    const data = join(directory, 'data');
    const { stdout } = await otelier(['run', '--data', data, ...FREE_PORTS, '--', process.execPath, '-e', script]);
    assert.match(stdout, /^0$/m);
  }));

test('a parent that holds a pipe, as on an older Node, keeps it', { skip: !isLinux }, (t) =>
  withTempDirectory(async (directory) => {
    assert.deepEqual(await environmentOf(t, directory, { OTELIER_PARENT_PIPE: '3' }), []);
  }),
);
