import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStoreReadOnly, restoreStore, verifyStore } from '@otelier/store';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { type Gateway, type Lifetime, OTELIER, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { type SentRequest, sendLoad } from './kill/load.ts';
import { type Found, readByHyparquet } from './kill/readers.ts';
import { ITEMS, type KilledSignal, SIGNALS } from './kill/requests.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/**
 * Backs up a store again and again to the same directory, while clients send and files are written and removed. Each
 * case kills one backup, and in one case of three the gateway, then checks the earlier backup, and compares the next one.
 */
export const suite: ChaosSuite = {
  name: 'backup',
  summary: 'a backup during ingest has every acknowledged item once, and survives the kill of the next backup',
  cases: 60,
  sampleCases: 1,
  run: (run) => withLifetime((lifetime) => runCases(lifetime, run)),
};

async function runCases(lifetime: Lifetime, { seed, from, count, fail, log }: ChaosRun): Promise<void> {
  const root = await tempDirectory(lifetime);
  const place: Place = { root, store: join(root, 'store'), backup: join(root, 'backup') };
  const random = createRandom(seed * 1000 + from);
  const sent = new Map<string, SentRequest>();
  let gateway = await startGateway(lifetime, { config: [configOf(place.store)] });
  const kills = { earlier: 0, done: 0 };
  for (let index = from; index < from + count; index++) {
    try {
      const isKilled = index % 3 === 2;
      await runCase(gateway, place, sent, { index, random, isKilled, kills });
      if (isKilled) gateway = await startGateway(lifetime, { config: [configOf(place.store)] });
    } catch (error) {
      fail(index, error instanceof Error ? error.message : String(error));
    }
  }
  // After the last item, the backup is equal to the store.
  assert.equal(await gateway.stop(), 0, gateway.output());
  try {
    await backUp(place);
    const restored = await restore(place, 'last');
    for (const signal of SIGNALS)
      assert.deepEqual(await exported(restored, signal), await exported(place.store, signal));
  } catch (error) {
    fail(from, error instanceof Error ? error.message : String(error));
  }
  log(`${sent.size} requests of ${ITEMS} items; backups killed: ${kills.earlier}, done before the kill: ${kills.done}`);
}

interface Place {
  readonly root: string;
  readonly store: string;
  readonly backup: string;
}

interface Case {
  readonly index: number;
  readonly random: Random;
  /** Whether the gateway is killed together with the backup. */
  readonly isKilled: boolean;
  readonly kills: { earlier: number; done: number };
}

async function runCase(
  gateway: Gateway,
  place: Place,
  sent: Map<string, SentRequest>,
  { index, random, isKilled, kills }: Case,
): Promise<void> {
  const stop = new AbortController();
  const load = sendLoad(gateway, String(index), sent, stop.signal);
  await sleep(50 + random(200));
  const acknowledged = acknowledgedOf(sent);
  await backUp(place);
  await compare(place, `${index}`, acknowledged, sent);

  const interrupted = startBackup(place);
  await sleep(random(700));
  const wasKilled = interrupted.kill();
  if (isKilled) await gateway.kill();
  await interrupted.ended;
  kills[wasKilled ? 'earlier' : 'done'] += 1;
  stop.abort();
  await load;
  await compare(place, `${index}-killed`, acknowledged, sent);
}

/** Verifies and restores the backup, and compares it with the requests that were acknowledged before it. */
async function compare(
  place: Place,
  name: string,
  acknowledged: ReadonlyMap<string, SentRequest>,
  sent: ReadonlyMap<string, SentRequest>,
): Promise<void> {
  const findings: string[] = [];
  await verifyStore(place.backup, ({ path, message }) => findings.push(`${path}: ${message}`));
  assert.deepEqual(findings, [], name);
  const found = await readByHyparquet(await restore(place, name));
  for (const signal of SIGNALS) compareOne(found[signal], signal, acknowledged, sent, name);
}

function compareOne(
  found: Found,
  signal: KilledSignal,
  acknowledged: ReadonlyMap<string, SentRequest>,
  sent: ReadonlyMap<string, SentRequest>,
  name: string,
): void {
  for (const [id, request] of acknowledged) {
    // Retention may have removed old items.
    if (request.signal !== signal || request.isOld) continue;
    assert.deepEqual(found.get(id), [ITEMS, ITEMS], `${name}: ${signal} ${id}`);
  }
  for (const [id, counts] of found) {
    assert.ok(sent.has(id), `${name}: ${signal} ${id} was not sent`);
    assert.deepEqual(counts, [ITEMS, ITEMS], `${name}: ${signal} ${id}`);
  }
}

function acknowledgedOf(sent: ReadonlyMap<string, SentRequest>): ReadonlyMap<string, SentRequest> {
  return new Map([...sent].filter(([, { acknowledged }]) => acknowledged));
}

async function restore({ root, backup }: Place, name: string): Promise<string> {
  const directory = join(root, `restored-${name}`);
  assert.ok(!existsSync(directory));
  const { skipped } = await restoreStore(backup, directory);
  assert.deepEqual(skipped, []);
  return directory;
}

async function backUp(place: Place): Promise<void> {
  const { code, output } = await startBackup(place).ended;
  assert.equal(code, 0, output);
}

function startBackup({ store, backup }: Place) {
  const child = spawn(process.execPath, [OTELIER, 'store', 'backup', backup, '--data', store], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const ended = new Promise<{ readonly code: number | null; readonly output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  return { ended, kill: () => child.kill('SIGKILL') };
}

async function exported(directory: string, signal: KilledSignal): Promise<readonly string[]> {
  const store = await openStoreReadOnly(directory);
  const parts: string[] = [];
  for await (const part of store.export({ tenant: 'default', signal }))
    parts.push(Buffer.from(part).toString('base64'));
  await store.close();
  return parts;
}

function configOf(directory: string): string {
  const pipeline = '{ receivers: [otlp, otlp_websocket], exporters: [store] }';
  return `receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:0 }, http: { endpoint: 127.0.0.1:0 } } }
  otlp_websocket: { endpoint: 127.0.0.1:0 }
exporters:
  store: { directory: ${JSON.stringify(directory)}, rows_per_file: 1000 }
extensions:
  workbench: { endpoint: 127.0.0.1:0 }
service:
  extensions: [workbench]
  pipelines: { traces: ${pipeline}, logs: ${pipeline}, metrics: ${pipeline} }
`;
}
