import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { QueryBusyError, QueryLimitError } from '../../../contract.ts';
import { type SqlContext, sqlCapability } from '../sql-queries.ts';
import { SqlProcessPool, type SqlProcessPoolOptions } from './pool.ts';

const MEMORY_BYTES = 384 << 20;
const ENDLESS = 'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 8';
const onLinux = { skip: process.platform !== 'linux' && 'reads /proc' };

let directory: string;
let pool: SqlProcessPool;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otelier-sql-process-'));
});
afterEach(() => pool.close());
after(() => rm(directory, { recursive: true }));

function capability(further: Partial<SqlProcessPoolOptions> = {}) {
  pool = new SqlProcessPool({ directory, threads: 1, memoryLimitBytes: MEMORY_BYTES, ...further });
  const access: SqlContext['access'] = {
    snapshot: async () => ({ pin: 0, files: [] }),
    release: () => undefined,
    tenants: async () => [],
  };
  const sql = sqlCapability({ access, pool });
  return {
    run: (
      statement: string,
      more: { client?: string; timeoutMillis?: number; signal?: AbortSignal; memoryBytes?: number } = {},
    ) => sql.query({ tenant: 'default', statement, ...more }),
    // Results of many rows take longer than the default limit of time on a busy machine.
    open: (statement: string) =>
      sql.queryJson({ tenant: 'default', statement, maxRows: 1_000_000, timeoutMillis: 300_000 }),
  };
}

/** Returns the child processes that run SQL. */
function children(): readonly number[] {
  const { pid } = process;
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

test('starts no process before the first statement, and ends the last when idle', onLinux, async () => {
  const { run } = capability({ idleMillis: 50 });
  assert.deepEqual(children(), []);
  assert.deepEqual((await run('SELECT 1')).rows, [[1]]);
  await until(() => children().length === 0);
  assert.deepEqual((await run('SELECT 2')).rows, [[2]]);
});

test('uses one process for many statements', onLinux, async () => {
  const { run } = capability();
  await run('SELECT 1');
  const first = children();
  for (let i = 0; i < 20; i++) assert.deepEqual((await run(`SELECT ${i}`)).rows, [[i]]);
  assert.deepEqual(children(), first);
});

test('stops a statement at the memory limit without losing the process, and runs the next', onLinux, async () => {
  const { run } = capability();
  for (const bomb of [
    'SELECT len(range(1000000000))',
    "SELECT count(*) FROM (SELECT lag(range::VARCHAR || 'xxxxxxxxxxxxxxxxxxxx') OVER (ORDER BY range DESC) FROM range(20000000))",
    "SELECT len(repeat('x', 4000000000))",
  ]) {
    let peakBytes = 0;
    const watch = setInterval(() => {
      for (const pid of children()) peakBytes = Math.max(peakBytes, peakOf(pid));
    }, 5);
    await assert.rejects(run(bomb), (error) => {
      assert.ok(error instanceof QueryLimitError, String(error));
      assert.match(error.message, /^SQL: stopped at the memory limit of 384 MB; /);
      return true;
    });
    clearInterval(watch);
    assert.ok(peakBytes <= MEMORY_BYTES, `${peakBytes}`);
    assert.deepEqual((await run('SELECT 1')).rows, [[1]]);
  }
});

test('stops a statement at the memory limit of its caller, and no other', onLinux, async () => {
  const { run } = capability();
  // Takes its memory for a while, in which it is seen.
  const large = 'SELECT count(*) FROM (SELECT lag(range) OVER (ORDER BY hash(range)) FROM range(2000000))';
  await assert.rejects(
    run(large, { memoryBytes: 20e6 }),
    /^QueryLimitError: SQL: stopped at the memory limit of 19 MB; /,
  );
  assert.deepEqual((await run('SELECT 1', { memoryBytes: 20e6 })).rows, [[1]]);
  for (const more of [{ memoryBytes: 380e6 }, {}]) assert.deepEqual((await run(large, more)).rows, [[2_000_000]]);
});

test('ends the process of a canceled statement', onLinux, async () => {
  const { run } = capability();
  const controller = new AbortController();
  const abandoned = assert.rejects(run(ENDLESS, { signal: controller.signal }), /canceled/);
  // A process that is canceled before it receives a statement is reused for the next one.
  await until(() => children().some(isWorking));
  const [pid] = children();
  controller.abort();
  await abandoned;
  await until(() => !children().includes(pid ?? 0));
  assert.deepEqual((await run('SELECT 1')).rows, [[1]]);
});

test('ends the process of a result that is not fully read, and reads the next result from its start', async () => {
  const { run, open } = capability();
  for await (const piece of await open('SELECT md5(range::VARCHAR) FROM range(300000)')) {
    assert.equal(Buffer.from(piece).toString().slice(0, 11), '{"columns":');
    break;
  }
  await (await open('SELECT md5(range::VARCHAR) FROM range(300000)')).return?.();
  assert.deepEqual((await run('SELECT 1')).rows, [[1]]);
});

test('serves another client while one uses its whole share', async () => {
  const { run } = capability();
  const controller = new AbortController();
  const { signal } = controller;
  const greedy = Array.from({ length: 10 }, () => run(ENDLESS, { client: 'greedy', signal }));
  const outcomes = Promise.allSettled(greedy);
  await assert.rejects(run(ENDLESS, { client: 'greedy' }), QueryBusyError);
  assert.deepEqual((await run('SELECT 1', { client: 'modest' })).rows, [[1]]);
  controller.abort();
  for (const outcome of await outcomes) assert.equal(outcome.status, 'rejected');
});

test('close() ends all processes, even with running statements', onLinux, async () => {
  const { run } = capability();
  const running = [1, 2, 3, 4].map(() => assert.rejects(run(ENDLESS), /the store is closed/));
  await until(() => children().length >= 2);
  await pool.close();
  await Promise.all(running);
  assert.deepEqual(children(), []);
  await assert.rejects(run('SELECT 1'), /the store is closed/);
});

test('leaves no file open', onLinux, async () => {
  const { run } = capability();
  const openFiles = (): number => readdirSync('/proc/self/fd').length;
  await run('SELECT 1');
  const before = openFiles();
  for (let i = 0; i < 3; i++) {
    await assert.rejects(run(ENDLESS, { timeoutMillis: 300 }), QueryLimitError);
    await run('SELECT 1');
  }
  await pool.close();
  assert.ok(openFiles() <= before, `${openFiles()} > ${before}`);
});

test('does not pass secrets of the environment to its processes', onLinux, async () => {
  process.env['OTELIER_TEST_SECRET'] = 'secret';
  const { run } = capability();
  await run('SELECT 1');
  for (const pid of children()) assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'latin1'), /SECRET/);
});

/** Reports whether a process has received a statement, which it shows by lowering its priority. */
function isWorking(pid: number): boolean {
  // The name, in parentheses, may contain spaces. The 17th field after it is the nice value.
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[16] === '10';
}

function peakOf(pid: number): number {
  if (!existsSync(`/proc/${pid}/status`)) return 0;
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
