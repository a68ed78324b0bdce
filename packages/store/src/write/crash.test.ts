import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStore } from '../open.ts';

const child = fileURLToPath(new URL('./crash.testing.ts', import.meta.url));

/** Runs a writer until `batches` batches have been acknowledged, kills it, and returns the acknowledged ones. */
async function writeAndKill(directory: string, round: number, batches: number): Promise<readonly string[]> {
  const writer: ChildProcess = spawn(process.execPath, [child, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  assert.ok(writer.stdout !== null);
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged.push(`${round}.${line}`);
    if (acknowledged.length === batches) writer.kill('SIGKILL');
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
  assert.equal(writer.signalCode, 'SIGKILL');
  return acknowledged;
}

test('a store that is killed repeatedly while writing has every acknowledged row exactly once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-crash-'));
  try {
    const acknowledged = new Set<string>();
    // Rows per file is not a multiple of rows per batch, and rounds end at different positions in a file.
    for (const [round, batches] of [35, 71, 140, 7, 211].entries()) {
      for (const batch of await writeAndKill(directory, round, batches)) acknowledged.add(batch);
    }
    const store = await openStore({ directory, rowsPerFile: 700 });
    const result = await store.sql?.query({
      tenant: 'default',
      statement: 'SELECT name, count(*)::INTEGER FROM spans GROUP BY name',
      maxRows: 1_000_000,
    });
    await store.close();
    const rows = new Map(result?.rows.map(([name, count]) => [String(name), Number(count)]));
    for (const [name, count] of rows) assert.equal(count, 1, `${name} occurs ${count} times`);
    for (const batch of acknowledged) {
      for (let i = 0; i < 10; i++)
        assert.equal(rows.get(`${batch}.${i}`), 1, `${batch}.${i} was acknowledged and lost`);
    }
    assert.equal(rows.size % 10, 0, 'batches are complete or missing');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
