import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { preloadArguments } from './preload.ts';

const OPEN = `import { createServer } from 'node:http';
import { test } from 'node:test';
test('opens a server', () => void createServer().listen(0));`;

test('a test process that a server keeps running ends, and fails', () => {
  const args = [...preloadArguments('end-process.mjs', { after: '100' }), '--input-type=module', '--eval', OPEN];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /0\.1 s after the last test, these keep the process running: .*TCPServerWrap/);
});
