/**
 * Measures how a noisy tenant affects others:
 *
 *     node bench/tenants/run.ts [--tenants 100] [--rounds 3] [--seconds 8] [--store]
 *
 * All tenants but one send at a fixed rate, together 60 % of what the program can process. In every other interval, the last
 * one offers three times as much as the program can process, over 32 connections. Exits with 1 if the p99 of the others grows
 * to more than 1.5 times, if one of their requests is rejected, if less than 98 % of them get a response, or if the last one
 * did not offer more than the program can process, so that nothing was shown. A request counts from when it is due, also while
 * it has no response, and the program has the first core to itself.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { requestFromJson } from '../../packages/otlp/src/json/request-from-json.ts';
import { NODE } from '../../test/interop/gateway.ts';
import { cpuSecondsOf, startPinned } from '../pinned.ts';
import { measured, sendAtRate, TenantClient } from './load.ts';

const SHARE = 0.6;
const OFFER = 3;
const NOISY_CONNECTIONS = 32;
const MAX_RATIO = 1.5;
/** Share of the requests that must have a response at the end of an interval. */
const MIN_SERVED = 0.98;

/** Work of a pipeline, so that the program is saturated before the load generator is. */
const STATEMENTS = Array.from(
  { length: 3 },
  (_, i) => `set(span.attributes["bench.${i}"], Concat([span.name, span.attributes["attribute.${i % 10}"]], "-"))`,
);

const { values } = parseArgs({
  options: {
    tenants: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    spans: { type: 'string', default: '200' },
    store: { type: 'boolean', default: false },
  },
});
const [tenants, rounds, millis] = [Number(values.tenants), Number(values.rounds), Number(values.seconds) * 1000];

/** The program itself, so that it is a single process whose CPU time counts. */
const OTELIER = join(import.meta.dirname, '..', '..', 'packages', 'collector', 'bin', 'otelier.js');

const directory = await mkdtemp(join(tmpdir(), 'otelier-tenants-'));
const [port = 0] = await freePorts(1);
const config = join(directory, 'config.yaml');
await writeFile(
  config,
  JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    processors: { transform: { trace_statements: STATEMENTS } },
    exporters: values.store ? { store: { directory: join(directory, 'store') } } : { nop: {} },
    service: {
      tenants: { trusted_proxies: ['127.0.0.1'] },
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        traces: { receivers: ['otlp'], processors: ['transform'], exporters: [values.store ? 'store' : 'nop'] },
      },
    },
  }),
);
const program = await startPinned('0', [NODE, OTELIER, '--config', config], [port]);
const body = requestOf(Number(values.spans));
const clients = Array.from({ length: tenants }, (_, i) => new TenantClient(`t${i}`, port, body));
const [noisy, ...others] = clients;
if (noisy === undefined) throw new Error('expected at least one tenant');
try {
  for (const client of others) await client.open(2);
  await noisy.open(NOISY_CONNECTIONS);
  const perSecond = await capacity();
  const rate = (perSecond * SHARE) / others.length;
  console.log(
    `capacity ${perSecond.toFixed(0)} requests/s of ${values.spans} spans, ${body.length} bytes; each sends ${rate.toFixed(1)}/s`,
  );
  const ratios: number[] = [];
  let rejected = 0;
  const invalid: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const quiet = await interval(rate, 0);
    const loud = await interval(rate, perSecond * OFFER);
    ratios.push(loud.p99 / quiet.p99);
    rejected += quiet.rejected + loud.rejected;
    for (const [name, { offered, requests }] of Object.entries({ quiet, loud }))
      if (requests < offered * MIN_SERVED) invalid.push(`${name}: ${requests} of ${offered} requests of the others`);
    if (loud.noisyPerSecond < perSecond * (1 - SHARE) * MIN_SERVED && loud.noisyWaiting === 0)
      invalid.push(`the noisy tenant sent only ${loud.noisyPerSecond.toFixed(0)} requests/s`);
    console.log(JSON.stringify({ quiet, loud, ratio: loud.p99 / quiet.p99 }));
  }
  const ratio = ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? Number.NaN;
  console.log(JSON.stringify({ medianRatio: ratio, rejected, invalid }));
  if (!(ratio <= MAX_RATIO) || rejected > 0 || invalid.length > 0) process.exitCode = 1;
} finally {
  for (const client of clients) client.close();
  await program[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
}

/** Returns the number of requests per second that the program processes for all tenants together. */
async function capacity(): Promise<number> {
  const stops = clients.map((client) => client.saturate());
  await setTimeout(millis / 4);
  reset();
  const began = performance.now();
  await setTimeout(millis / 2);
  const count = clients.reduce((sum, { result }) => sum + (result.statuses.get(200) ?? 0), 0);
  const perSecond = count / ((performance.now() - began) / 1000);
  for (const stop of stops) stop();
  await setTimeout(500);
  return perSecond;
}

async function interval(rate: number, noisyRate: number) {
  const rates = new Map(others.map((client) => [client, rate]));
  if (noisyRate > 0) rates.set(noisy as TenantClient, noisyRate);
  const stop = sendAtRate(rates);
  await setTimeout(millis / 4);
  reset();
  const cpu = await cpuSecondsOf(program.pid);
  await setTimeout(millis);
  const results = others.map((client) => client.result);
  const noisyResult = (noisy as TenantClient).result;
  const used = (await cpuSecondsOf(program.pid)) - cpu;
  const now = performance.now();
  const waiting = others.flatMap((client) => client.waiting(now));
  const noisyWaiting = (noisy as TenantClient).waiting(now).length + (noisy as TenantClient).dropped;
  stop();
  for (const client of clients) client.forget();
  await setTimeout(500);
  const served = results.reduce((sum, result) => sum + result.millis.length, 0);
  const all = [...results.flatMap((result) => result.millis), ...waiting].sort((a, b) => a - b);
  const at = (share: number) => all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? Number.NaN;
  return {
    ...{ requests: served, offered: Math.floor((rate * others.length * millis) / 1000), p50: at(0.5), p99: at(0.99) },
    ...{ noisyWaiting, noisyPerSecond: (noisyResult.statuses.get(200) ?? 0) / (millis / 1000) },
    rejected: results.reduce((sum, { statuses }) => sum + rejectedIn(statuses), 0),
    noisy: Object.fromEntries(noisyResult.statuses),
    cores: used / (millis / 1000),
  };
}

function rejectedIn(statuses: ReadonlyMap<number, number>): number {
  return [...statuses].reduce((sum, [status, count]) => sum + (status === 200 ? 0 : count), 0);
}

function reset(): void {
  for (const client of clients) client.result = measured();
}

function requestOf(count: number): Uint8Array {
  const attributes = Array.from({ length: 10 }, (_, i) => ({ key: `attribute.${i}`, value: { stringValue: `v${i}` } }));
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId: i.toString(16).padStart(32, 'a'),
    spanId: i.toString(16).padStart(16, 'b'),
    name: `GET /item/${i % 20}`,
    kind: 2,
    startTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    endTimeUnixNano: String(BigInt(Date.now() + 5) * 1_000_000n),
    attributes,
  }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'bench' } }] };
  const text = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench' }, spans }] }] });
  const request = requestFromJson('traces', Buffer.from(text));
  if (!request.ok) throw new Error(request.reason);
  return request.bytes;
}
