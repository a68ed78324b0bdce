import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '@otelier/testkit/otlp/random';
import { anyValue } from '@otelier/testkit/otlp-json';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { type Gateway, type Lifetime, startGateway, withLifetime } from '../e2e/gateway.ts';
import { nanosAgo, serviceNamed } from '../e2e/send.ts';
import { SQL_BOMBS } from './sql-bombs.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

const MEGABYTE = 1 << 20;
/** Memory limit of an SQL process on a machine with more than 3 GB of memory. */
const CHILD_BYTES = 512 * MEGABYTE;
const MAIN_GROWTH_BYTES = 50 * MEGABYTE;
/** Number of items ingested per second while statements run. */
const REQUESTS_PER_SECOND = 20;
const ITEMS_PER_REQUEST = 1000;
/** Time after which a statement's client disconnects. */
const ABANDON_MILLIS = 3000;
/**
 * Minimum number of cases for which times are checked. Only complete runs have that many; samples run on busy machines.
 */
const CASES_WITH_TIMES = 40;

/** Runs statements that use all the memory and time they can get, while a real process ingests telemetry. */
export const suite: ChaosSuite = {
  name: 'sql-bombs',
  summary: 'SQL that uses all the memory and time it can get is stopped without affecting anything else',
  cases: SQL_BOMBS.length,
  sampleCases: 3,
  run: (run) => withLifetime((lifetime) => runStatements(lifetime, run)),
};

async function runStatements(lifetime: Lifetime, { seed, from, count, fail, log }: ChaosRun): Promise<void> {
  const gateway = await startGateway(lifetime);
  const ingest = new Ingest(gateway);
  lifetime.after(() => ingest.stop());
  const checksTimes = count >= CASES_WITH_TIMES;
  await query(gateway, 'SELECT 1');
  await delay(checksTimes ? 20_000 : 1500);
  const quiet = ingest.takeMillis();
  const memory = new MemoryWatch(gateway.child.pid ?? 0);
  lifetime.after(async () => memory.stop());
  for (let index = from; index < from + count; index++) {
    const bomb = SQL_BOMBS[index % SQL_BOMBS.length];
    const statement = bomb?.(1 + createRandom(seed * 1000 + index)(3)) ?? '';
    const outcome = await query(gateway, statement, AbortSignal.timeout(ABANDON_MILLIS));
    if (outcome.status >= 500) fail(index, `${short(statement)}: status ${outcome.status} ${outcome.text}`);
    const next = await query(gateway, 'SELECT 1');
    if (next.status !== 200) fail(index, `${short(statement)}: the next query returned status ${next.status}`);
    if (checksTimes && next.millis > 1000) fail(index, `${short(statement)}: the next query took ${next.millis} ms`);
    const end = outcome.status === 0 ? 'abandoned' : `${outcome.status} ${outcome.text.slice(0, 60)}`;
    log(`case ${index}: ${short(statement)}: ${end}, ${outcome.millis} ms; next ${next.millis} ms`);
  }
  const loud = ingest.takeMillis();
  log(`ingest p50, p99 in ms: ${percentiles(quiet)} before, ${percentiles(loud)} during (${loud.length} requests)`);
  log(`child peak ${megabytes(memory.childPeak)}, process growth ${megabytes(memory.mainGrowth)}`);
  if (ingest.failures > 0) fail(from, `${ingest.failures} ingest requests were rejected`);
  if (memory.childPeak > CHILD_BYTES) fail(from, `a child used ${megabytes(memory.childPeak)}`);
  if (checksTimes && memory.mainGrowth > MAIN_GROWTH_BYTES)
    fail(from, `the process grew by ${megabytes(memory.mainGrowth)}`);
  await checkEnd(gateway, ingest, (message) => fail(from, message), log, checksTimes);
}

/** Sends SIGTERM while statements are running. */
async function checkEnd(
  gateway: Gateway,
  ingest: Ingest,
  fail: (message: string) => void,
  log: (line: string) => void,
  checksTimes: boolean,
): Promise<void> {
  await ingest.stop();
  const running = [1, 0].map((index) => query(gateway, SQL_BOMBS[index]?.(1) ?? '').catch(() => undefined));
  while (childrenOf(gateway.child.pid ?? 0).length === 0) await delay(10);
  const children = childrenOf(gateway.child.pid ?? 0);
  const began = performance.now();
  const code = await gateway.stop();
  const millis = Math.round(performance.now() - began);
  await Promise.all(running);
  log(`SIGTERM: exit code ${code} after ${millis} ms`);
  if (code !== 0) fail(`SIGTERM: exit code ${code}`);
  if (checksTimes && millis > 5000) fail(`SIGTERM took ${millis} ms`);
  if (children.some((pid) => memoryOf(pid, 'VmRSS') > 0)) fail('a child outlived its parent');
}

interface Outcome {
  /** The status, or 0 if the client disconnected. */
  readonly status: number;
  readonly text: string;
  readonly millis: number;
}

async function query({ url }: Gateway, statement: string, signal?: AbortSignal): Promise<Outcome> {
  const began = performance.now();
  const millis = (): number => Math.round(performance.now() - began);
  try {
    const response = await fetch(`${url}/api/v1/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ statement }),
      signal: signal ?? null,
    });
    return { status: response.status, text: await response.text(), millis: millis() };
  } catch (error) {
    if (signal?.aborted) return { status: 0, text: '', millis: millis() };
    throw error;
  }
}

/** Sends logs at a fixed rate and measures the time until they are acknowledged. */
class Ingest {
  failures = 0;
  #millis: number[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #pending = new Set<Promise<void>>();

  constructor(gateway: Gateway) {
    const logRecords = Array.from({ length: ITEMS_PER_REQUEST }, (_, i) => ({
      timeUnixNano: nanosAgo(i).toString(),
      body: anyValue(`request ${i} handled`),
    }));
    const resource = serviceNamed('shop');
    const body = Buffer.from(encodeRequest('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }));
    this.#timer = setInterval(() => {
      const sent = this.#send(gateway, body).finally(() => this.#pending.delete(sent));
      this.#pending.add(sent);
    }, 1000 / REQUESTS_PER_SECOND);
  }

  /** Returns the times since the last call, in ascending order. */
  takeMillis(): readonly number[] {
    const millis = this.#millis.sort((a, b) => a - b);
    this.#millis = [];
    return millis;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }

  async #send({ http }: Gateway, body: Buffer<ArrayBuffer>): Promise<void> {
    const began = performance.now();
    const headers = { 'content-type': 'application/x-protobuf' };
    const response = await fetch(`${http}/v1/logs`, { method: 'POST', headers, body }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status !== 200) this.failures += 1;
    this.#millis.push(performance.now() - began);
  }
}

/** Samples the memory use of a process and its children. */
class MemoryWatch {
  childPeak = 0;
  mainGrowth = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    const before = memoryOf(pid, 'VmRSS');
    this.#timer = setInterval(() => {
      this.mainGrowth = Math.max(this.mainGrowth, memoryOf(pid, 'VmRSS') - before);
      for (const child of childrenOf(pid)) this.childPeak = Math.max(this.childPeak, memoryOf(child, 'VmHWM'));
    }, 10);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Returns a field of `/proc/PID/status` in bytes, or 0 if the process is gone. */
function memoryOf(pid: number, field: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function percentiles(millis: readonly number[]): string {
  const at = (share: number): string => (millis[Math.floor(millis.length * share)] ?? Number.NaN).toFixed(1);
  return `${at(0.5)}, ${at(0.99)}`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)} MB`;
}

function short(statement: string): string {
  return statement.length > 70 ? `${statement.slice(0, 70)}…` : statement;
}
