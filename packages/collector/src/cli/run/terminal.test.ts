import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FREE_PORTS, withTempDirectory } from '../otelier.testing.ts';

const BIN = fileURLToPath(new URL('../../../bin/otelier.js', import.meta.url));
/** util-linux provides `script`, which runs a command in its own terminal. */
const HAS_SCRIPT = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Runs an application with `otelier run` in a terminal, and returns the terminal's output. */
async function onTerminal(directory: string, application: string, environment: Record<string, string> = {}) {
  await writeFile(join(directory, 'app.cjs'), application);
  const args = [BIN, 'run', '--data', join(directory, 'data'), ...FREE_PORTS, '--', process.execPath, 'app.cjs'];
  const command = [process.execPath, ...args].map((arg) => `'${arg}'`).join(' ');
  const { PATH, HOME } = process.env;
  const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: directory,
    encoding: 'utf8',
    // No other variables from the caller: Node checks CI, TMUX, TERM_PROGRAM and others to detect color support.
    env: { PATH, HOME, TERM: 'xterm-256color', ...environment },
  });
  return { stdout, status };
}

const APPLICATION = `
console.log({ number: 1 });
console.log('columns ' + process.env.COLUMNS, 'color ' + process.env.FORCE_COLOR);
process.exitCode = 3;`;

test('shows the colors of the application on a terminal', { skip: !HAS_SCRIPT && 'needs script of util-linux' }, () =>
  withTempDirectory(async (directory) => {
    const { stdout, status } = await onTerminal(directory, APPLICATION);
    assert.equal(status, 3, stdout);
    assert.ok(stdout.includes('{ number: \u001b[33m1\u001b[39m }'), stdout);
    assert.match(stdout, /columns \d+ color 2/);
  }),
);

test('shows none where the user wants none', { skip: !HAS_SCRIPT && 'needs script of util-linux' }, () =>
  withTempDirectory(async (directory) => {
    const { stdout } = await onTerminal(directory, APPLICATION, { NO_COLOR: '1' });
    assert.ok(stdout.includes('{ number: 1 }'), stdout);
  }),
);
