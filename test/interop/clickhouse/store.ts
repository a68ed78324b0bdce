import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../check.ts';
import { NODE } from '../gateway.ts';
import { freePorts, runToEnd, startServer } from '../processes.ts';
import { engineCommand } from './compare.ts';

/** Runs a file of tests over a real engine of ClickHouse, and counts them. */
export async function testStoreOverClickHouse(file: 'contract.ts' | 'agreement.ts'): Promise<Comparison> {
  const command = await engineCommand();
  const directory = mkdtempSync(join(tmpdir(), 'otelier-clickhouse-'));
  const [port = 0] = await freePorts(1);
  const server = await startServer([...command, String(port), directory], [port]);
  try {
    const args = ['--test', '--test-reporter=tap', join(import.meta.dirname, file)];
    const { code, stdout } = await runToEnd([NODE, ...args], { CLICKHOUSE_URL: `http://127.0.0.1:${port}` });
    const compared = Number(/^# pass (\d+)$/m.exec(stdout)?.[1] ?? 0);
    const failed = [...stdout.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name = '']) => name);
    const mismatches = code === 0 ? [] : failed.length > 0 ? failed : [stdout.slice(-2_000)];
    return { compared, mismatches };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
