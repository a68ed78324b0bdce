import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { ProcessWatch } from './process-watch.ts';

const LOOP = `process.on('SIGTERM', () => {}); console.log('ready'); for (;;);`;
const ORPHAN = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'],
  { stdio: 'inherit' }); console.log(child.pid); process.stdin.once('data', () => process.exit());`;

async function startProgram(t: TestContext, source: string) {
  const program = spawn(process.execPath, ['-e', source], { stdio: 'pipe' });
  t.after(() => program.kill('SIGKILL'));
  const [line] = await once(program.stdout, 'data');
  return { program, line: String(line) };
}

test('a process in a loop is killed after its time', { timeout: 60_000 }, async (t) => {
  const printed: string[] = [];
  const watch = new ProcessWatch(600_000, (text) => printed.push(text));
  const { program } = await startProgram(t, LOOP);
  watch.check(0);
  watch.check(599_999);
  assert.deepEqual(printed, []);
  const exited = once(program, 'exit');
  watch.check(600_000);
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  assert.match(printed.join(''), /did not end within 600 s, killed: .*for \(;;\)/);
});

test('a program that outlives its test process is killed', { timeout: 60_000 }, async (t) => {
  const printed: string[] = [];
  const watch = new ProcessWatch(600_000, (text) => printed.push(text));
  const { program, line } = await startProgram(t, ORPHAN);
  t.after(() => kill(Number(line)));
  watch.check(0);
  program.stdin.write('end');
  await once(program, 'exit');
  const closed = once(program, 'close');
  watch.check(1_000);
  watch.check(60_999);
  assert.deepEqual(printed, []);
  watch.check(61_000);
  await closed;
  assert.match(printed.join(''), /outlived the test process that started it, killed: .*setInterval/);
});

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The watch has killed it.
  }
}
