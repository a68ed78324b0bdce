import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import type { Comparison } from '../check.ts';
import { NODE } from '../gateway.ts';
import { runStep, runToEnd, startServer } from '../processes.ts';
import { engineCommand } from './compare.ts';

/** The tests of the page in a browser that read a store. */
const PAGE_TESTS = ['page.test.ts', 'page-edge-cases.test.ts'].map((name) =>
  join(import.meta.dirname, '..', '..', 'e2e', name),
);

/** Runs a file of tests of the store over a real engine of ClickHouse, and counts them. */
export function testStoreOverClickHouse(file: 'contract.ts' | 'agreement.ts' | 'masking.ts'): Promise<Comparison> {
  return testOverClickHouse('CLICKHOUSE_URL', [join(import.meta.dirname, file)]);
}

/** Runs the tests of the page in a browser over a real engine of ClickHouse instead of the embedded store. */
export async function testPageOverClickHouse(): Promise<Comparison> {
  await runStep(['npm', 'run', 'build:page']);
  return testOverClickHouse('OTELIER_TEST_CLICKHOUSE', PAGE_TESTS);
}

async function testOverClickHouse(variable: string, files: readonly string[]): Promise<Comparison> {
  const command = await engineCommand();
  const directory = mkdtempSync(join(tmpdir(), 'otelier-clickhouse-'));
  const [port = 0] = await freePorts(1);
  const server = await startServer([...command, String(port), directory], [port]);
  try {
    const args = ['--test', '--test-concurrency=1', '--test-reporter=tap', ...files];
    const { code, stdout } = await runToEnd([NODE, ...args], { [variable]: `http://127.0.0.1:${port}` });
    const compared = Number(/^# pass (\d+)$/m.exec(stdout)?.[1] ?? 0);
    const failed = [...stdout.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name = '']) => name);
    const mismatches = code === 0 ? [] : failed.length > 0 ? failed : [stdout.slice(-2_000)];
    return { compared, mismatches };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
