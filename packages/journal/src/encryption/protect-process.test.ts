import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { processProtection } from './protect-process.ts';

/** Whether core files are written to the working directory, as the kernel's default is. */
function writesCores(): boolean {
  try {
    return /^core/.test(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'));
  } catch {
    return false;
  }
}

test('a core file of a protected process contains no memory', { skip: !writesCores() }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-core-'));
  try {
    const module = new URL('./protect-process.ts', import.meta.url).href;
    const script = join(directory, 'abort.mts');
    writeFileSync(
      script,
      `import { protectProcess } from ${JSON.stringify(module)};
      if (protectProcess().coreDumps !== undefined) process.exit(1);
      globalThis.kept = Buffer.from(['hunter2', 'telemetry'].join('-').repeat(1000));
      process.abort();`,
    );
    const command = `ulimit -c unlimited && exec "$0" "$1"`;
    const { signal } = spawnSync('sh', ['-c', command, process.execPath, script], { cwd: directory });
    assert.equal(signal, 'SIGABRT');
    const cores = readdirSync(directory).filter((name) => name.startsWith('core'));
    assert.equal(cores.length, 1);
    const core = join(directory, cores[0] ?? '');
    assert.ok(statSync(core).size < 10_000_000);
    assert.ok(!readFileSync(core).includes('hunter2-telemetry'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('options that write memory to files are named', () => {
  const given = ['--heapsnapshot-signal=SIGUSR2', '--report-on-signal', '--max-old-space-size=100', '--heap-prof'];
  assert.deepEqual(processProtection(given).options, given.toSpliced(2, 1));
});
