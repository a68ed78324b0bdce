import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@otelier/testkit/otlp/random';
import { type Gateway, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import type { ChaosSuite } from './suite.ts';

/**
 * Starts a process with its own PID namespace and host name, in which it is PID 1, like a container that shares a
 * volume.
 */
const IN_NAMESPACE = 'exec unshare --pid --fork --mount-proc --uts --kill-child "$0" "$@"';

const LOGS_PER_OWNER = 50;

/**
 * Starts two or twenty-five processes with and without namespaces, on new directories and on those of killed processes.
 */
export const suite: ChaosSuite = {
  name: 'lock',
  summary: 'of several processes that start on one directory, exactly one owns it, even in separate pid namespaces',
  cases: 12,
  sampleCases: 2,
  async run({ seed, from, count, fail, log }) {
    const namespaces = canUnshare();
    if (!namespaces) log('this machine allows no pid namespaces (unshare --pid): all processes run in one');
    for (let index = from; index < from + count; index++) {
      await withLifetime(async (lifetime) => {
        try {
          const starts = index % 4 < 2 ? 2 : 25;
          const separate = namespaces && index % 2 === 0;
          await runCase(lifetime, createRandom(seed * 1000 + index), starts, separate);
          log(`case ${index}: ${starts} starts${separate ? ' in separate pid namespaces' : ''}, one owner`);
        } catch (error) {
          fail(index, error instanceof Error ? error.message : String(error));
        }
      });
    }
  },
};

async function runCase(
  lifetime: Lifetime,
  random: (below: number) => number,
  starts: number,
  separate: boolean,
): Promise<void> {
  const directory = join(await tempDirectory(lifetime), 'store');
  const options = { directory, ...(separate ? { shell: IN_NAMESPACE } : {}) };
  let sent = 0;
  // The second round starts on the directory of a killed owner, the third on an owner file written by an older version.
  for (let round = 0; round < (starts > 2 ? 2 : 3); round++) {
    if (round === 2)
      await writeFile(join(directory, 'lock'), JSON.stringify({ pid: 1, started: String(random(1000)) }));
    const owner = await startAll(lifetime, options, starts);
    for (let i = 0; i < LOGS_PER_OWNER; i++) await sendLog(owner, `${round}-${i}`);
    sent += LOGS_PER_OWNER;
    const { rows } = await owner.api.sql({ statement: 'SELECT count(*), count(DISTINCT body) FROM logs' });
    assert.deepEqual(
      rows.map((row) => row.map(Number)),
      [[sent, sent]],
      `round ${round}`,
    );
    if (round < 2) await owner.kill();
  }
}

/**
 * Starts all processes at once and returns the one that owns the directory. The others must fail and name the owner.
 */
async function startAll(
  lifetime: Lifetime,
  options: { readonly directory: string; readonly shell?: string },
  starts: number,
): Promise<Gateway> {
  const results = await Promise.allSettled(Array.from({ length: starts }, () => startGateway(lifetime, options)));
  const owners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.equal(owners.length, 1, `${owners.length} owners`);
  for (const result of results) {
    if (result.status === 'rejected') {
      assert.match(
        String(result.reason),
        /expected a data directory that no process has open, but .*process.* has it open/,
      );
    }
  }
  assert.deepEqual(
    (await readdir(options.directory)).filter((name) => name.endsWith('.tmp')),
    [],
    'a failed start must leave no files',
  );
  const [owner] = owners;
  assert.ok(owner);
  return owner;
}

async function sendLog(gateway: Gateway, text: string): Promise<void> {
  const response = await fetch(`${gateway.http}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: text } }] }] }] }),
  });
  assert.equal(response.status, 200, await response.text());
}

function canUnshare(): boolean {
  const options = ['--pid', '--fork', '--mount-proc', '--uts', '--kill-child'];
  return spawnSync('unshare', [...options, 'true'], { stdio: 'ignore' }).status === 0;
}
