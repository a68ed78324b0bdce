import { type SpawnOptions, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import type { Comparison } from '../check.ts';
import { runToEnd } from '../processes.ts';
import { testGateways } from './gateways.ts';

const SUITE = join(import.meta.dirname, '../../../packages/identity/src/postgres/postgres.test.ts');

/** Runs the tests of identities over a real PostgreSQL server, which the Debian package `postgresql-15` installs. */
export async function testIdentityOverPostgres(): Promise<Comparison> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-postgres-'));
  await chmod(directory, 0o777);
  const [port = 0] = await freePorts(1);
  const data = join(directory, 'data');
  await asServer(['initdb', '-D', data, '-U', 'postgres', '--auth=trust', '--no-sync']);
  await asServer([
    ...['pg_ctl', '-D', data, '-w', '-l', join(directory, 'log')],
    ...['-o', `-p ${port} -k ${directory} -c listen_addresses=127.0.0.1`, 'start'],
  ]);
  try {
    const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    const command = [process.execPath, '--test', '--test-reporter=tap', SUITE];
    const { stdout } = await runToEnd(command, { IDENTITY_POSTGRES: url });
    await runToEnd(['psql', url, '-c', 'DROP SCHEMA otelier_identity CASCADE']);
    const failed = stdout.split('\n').filter((line) => /^\s*not ok/.test(line));
    const passed = Number(/^# pass (\d+)/m.exec(stdout)?.[1] ?? 0);
    const ofGateways = await testGateways(url, () => asServer(['pg_ctl', '-D', data, '-m', 'fast', 'stop']));
    return {
      compared: passed + failed.length + ofGateways.compared,
      mismatches: [...(passed === 0 ? [stdout.slice(-2000)] : failed), ...ofGateways.mismatches],
    };
  } finally {
    // The tests may have stopped it.
    await asServer(['pg_ctl', '-D', data, '-m', 'immediate', 'stop']).catch(() => undefined);
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs a program of PostgreSQL, which refuses to run as root, and so runs as the user of its package. */
async function asServer(command: readonly string[]): Promise<void> {
  const [program = '', ...args] = command;
  const options: SpawnOptions = { stdio: 'ignore', cwd: '/', ...(process.getuid?.() === 0 && (await packageUser())) };
  const child = spawn(program, args, options);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command.join(' ')} exited with ${code}`);
}

async function packageUser(): Promise<{ readonly uid: number; readonly gid: number }> {
  const numberOf = async (option: string) => Number((await runToEnd(['id', option, 'postgres'])).stdout);
  return { uid: await numberOf('-u'), gid: await numberOf('-g') };
}
