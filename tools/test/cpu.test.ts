import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeCpu, recordingArguments } from './cpu.ts';

const BURN = `while (process.cpuUsage().user < 100_000);`;

test('lists the CPU time of processes with the programs that they started', {
  skip: process.platform !== 'linux',
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-cpu-'));
  try {
    const [idle, busy, record] = ['idle.mjs', 'busy.mjs', 'cpu.jsonl'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(idle, '');
    writeFileSync(join(directory, 'child.mjs'), BURN);
    writeFileSync(
      busy,
      `import { fork } from 'node:child_process'; fork(${JSON.stringify(join(directory, 'child.mjs'))}); ${BURN}`,
    );
    for (const file of [idle, busy]) execFileSync(process.execPath, [...recordingArguments(record), file]);
    const batches = [
      { entry: idle, files: ['a.test.ts', 'b.test.ts'] },
      { entry: busy, files: ['c.test.ts'] },
    ];
    const found =
      /^CPU seconds, 2 processes:\n +([\d.]+) {2}c\.test\.ts\n +([\d.]+) {2}a\.test\.ts b\.test\.ts\n +([\d.]+) {2}in total\n$/m.exec(
        describeCpu(record, batches),
      );
    const [, busySeconds, idleSeconds, total] = (found ?? assert.fail(describeCpu(record, batches))).map(Number);
    assert.ok((busySeconds ?? 0) >= 0.2, `${busySeconds} s`);
    assert.ok(Math.abs((busySeconds ?? 0) + (idleSeconds ?? 0) - (total ?? 0)) < 0.15);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
