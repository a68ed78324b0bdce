import { setTimeout } from 'node:timers/promises';
import { type HostileRequest, hostileRequest } from '@otelier/testkit/hostile/request';
import { type Gateway, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import {
  checkEndpoints,
  checkExport,
  checkRelations,
  checkShown,
  type Report,
  shortened,
} from './hostile-telemetry/checks.ts';
import { checkCommandLine, checkStoreExport } from './hostile-telemetry/command-line.ts';
import { openLiveTail } from './hostile-telemetry/live-tail.ts';
import { type Encoding, SentTelemetry } from './hostile-telemetry/sent.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** Requests per store. Few enough that a statement over all attributes stays below the SQL memory limit. */
const STORE_REQUESTS = 200;

export const suite: ChaosSuite = {
  name: 'hostile-telemetry',
  summary: 'every endpoint, export and relation handles hostile names, values, times, sizes and nesting',
  cases: 10_000,
  sampleCases: 36,
  async run(run) {
    const end = run.from + run.count;
    for (let from = run.from; from < end; from += STORE_REQUESTS) {
      await withLifetime((lifetime) => checkStore(lifetime, run, from, Math.min(STORE_REQUESTS, end - from)));
    }
  },
};

/**
 * Fills a store in two halves with a restart in between, so that there are rows in memory, rows replayed from the
 * journal, and rows in files.
 */
async function checkStore(lifetime: Lifetime, run: ChaosRun, from: number, count: number): Promise<void> {
  const sent = new SentTelemetry();
  const report = (phase: string) => (message: string) => run.fail(from, `${phase}: ${message}`);
  const directory = await tempDirectory(lifetime);
  const options = { directory, set: ['exporters.store.retention=0'] };
  const middle = from + Math.ceil(count / 2);
  // A sample sends each operation one request per state of the store.
  const requests = count < STORE_REQUESTS ? 1 : REQUESTS_PER_OPERATION;
  for (const [phase, first, end] of [
    ['waiting rows', from, middle],
    ['waiting rows after a restart', middle, from + count],
  ] as const) {
    const gateway = await startGateway(lifetime, options);
    const tail = await openLiveTail(gateway.url);
    const before = new SentTelemetry();
    await sendAll(gateway, [sent, before], run, first, end);
    await tail.check(before, report(phase));
    await checkGateway(gateway, sent, run.seed + first, requests, report(phase));
  }
  const gateway = await startGateway(lifetime, {
    ...options,
    set: [...options.set, 'exporters.store.max_file_age=1s'],
  });
  await untilInFiles(gateway);
  await checkGateway(gateway, sent, run.seed + from + count, requests, report('files'));
  await checkStoreExport(directory, sent, report('files'));
  const signal = (['traces', 'logs', 'metrics'] as const)[(from / STORE_REQUESTS) % 3] ?? 'traces';
  await checkCommandLine(directory, signal, sent, report('files'));
}

/** Resolves when all rows in the journal have been stored in files. */
async function untilInFiles({ api }: Gateway): Promise<void> {
  for (;;) {
    const { store } = await api.get('/status');
    if (store?.pendingRows === 0) return;
    await setTimeout(50);
  }
}

/** Sends every kind of request to a gateway and stops it. Fails if the gateway logged errors. */
async function checkGateway(
  gateway: Gateway,
  sent: SentTelemetry,
  seed: number,
  requests: number,
  report: Report,
): Promise<void> {
  await checkEndpoints(gateway.url, sent, seed, requests, report);
  await checkShown(gateway.url, sent, report);
  await checkRelations(gateway.url, sent, report);
  await checkExport(gateway.url, sent, report);
  const code = await gateway.stop();
  if (code !== 0) report(`expected exit code 0, got ${code}`);
  const errorLine = /^.*(\bERROR\b|Error:|This is a bug).*$/m.exec(gateway.output());
  if (errorLine !== null)
    report(`expected no error in the log, got ${shortened(gateway.output().slice(errorLine.index))}`);
}

/** Number of hostile requests per API operation, sent three times for each store. */
const REQUESTS_PER_OPERATION = 3;

async function sendAll(
  gateway: Gateway,
  sent: readonly SentTelemetry[],
  run: ChaosRun,
  from: number,
  end: number,
): Promise<void> {
  for (let index = from; index < end; index++) {
    const encoding: Encoding = Math.floor(index / 3) % 2 === 0 ? 'protobuf' : 'json';
    const request = hostileRequest(run.seed, index);
    const response = await post(gateway, request, encoding);
    if (response === undefined) for (const one of sent) one.add(request, encoding);
    else run.fail(index, `${request.signal} as ${encoding}: ${response}`);
  }
}

/** Sends a request. Returns an error unless it was fully accepted. */
async function post(
  gateway: Gateway,
  { signal, bytes, json }: HostileRequest,
  encoding: Encoding,
): Promise<string | undefined> {
  const response = await fetch(`${gateway.http}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf' },
    body: encoding === 'json' ? json : Buffer.from(bytes),
  });
  const body = await response.text();
  const isComplete = response.ok && (body === '' || body === '{}');
  return isComplete ? undefined : `status ${response.status}: ${shortened(body)}`;
}
