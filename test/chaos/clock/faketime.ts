import { existsSync, globSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '@otelier/testkit/otlp/random';
import { type Gateway, type GatewayOptions, type Lifetime, startGateway, tempDirectory } from '../../e2e/gateway.ts';
import { readByApi } from '../kill/readers.ts';
import { SIGNALS } from '../kill/requests.ts';
import { type Destination, startDestination } from './destination.ts';
import { type HalfSentRequest, startGrpcRequest, startHttpRequest } from './in-flight.ts';
import type { Jump } from './jumps.ts';
import { startLoad } from './load.ts';
import { openTail } from './tail.ts';
import { eventually, type Tally, tallyForwarded, tallyStored } from './verify.ts';

/** The library that changes a process's clock, if installed (Debian: `libfaketime`). */
export const FAKETIME = globSync('/usr/lib/{*-linux-gnu/,}faketime/libfaketimeMT.so.1')[0];

/** Number of requests per client before and after the jump. */
const REQUESTS = 10;

/**
 * Runs a real process and changes its clock under load. Its store already contains files. In every second case, the
 * clock jumps while no process is running; in the others, it jumps while requests are half sent, batches are being
 * retried and a live tail is open.
 */
export async function jumpProcessClock(
  lifetime: Lifetime,
  { offsetsMillis }: Jump,
  random: Random,
  fail: (message: string) => void,
): Promise<Tally> {
  const directory = await tempDirectory(lifetime);
  const machine = new MachineTime(join(directory, 'time'));
  const destination = await startDestination(lifetime);
  const options = optionsOf(join(directory, 'store'), destination, machine);
  const tally: Tally = { lost: 0, duplicated: 0, cut: 0, removed: 0 };
  const acknowledged = new Map<string, (typeof SIGNALS)[number]>();
  destination.isAvailable = true;
  const before = await startGateway(lifetime, options);
  const old = startLoad(addressesOf(before), 'before');
  await old.more(REQUESTS);
  await old.stop();
  await stop(before, fail);
  for (const [id, signal] of old.acknowledged) acknowledged.set(id, signal);
  destination.isAvailable = false;

  const isSetWhileStopped = random(2) === 0;
  const [first = 0, ...rest] = offsetsMillis;
  if (isSetWhileStopped) machine.set(first);
  const gateway = await startGateway(lifetime, options);
  const tail = await openTail(gateway.url);
  const load = startLoad(addressesOf(gateway), 'during');
  await load.more(REQUESTS);
  const inFlight: HalfSentRequest[] = [];
  for (const signal of SIGNALS) {
    inFlight.push(await startHttpRequest(gateway.http, signal, `half-http-${signal}`));
    inFlight.push(await startGrpcRequest(gateway.grpc, signal, `half-grpc-${signal}`));
  }
  await eventually(() => destination.rejected > 0);
  for (const offset of isSetWhileStopped ? rest : offsetsMillis) {
    machine.set(offset);
    await load.more(5 + random(2 * REQUESTS));
  }
  const shownBefore = tail.count();
  await load.more(REQUESTS);
  if (!(await eventually(() => tail.count() > shownBefore)))
    fail('live tail: expected records after the jump, got none');
  for (const request of inFlight) {
    const result = await request.finish();
    if (result === 'ok') acknowledged.set(request.id, request.signal);
    // On a busy machine, the server's own limit ends requests, which says nothing about the jump.
    else if (result !== 'expired') {
      tally.cut += 1;
      fail(`${request.id}: expected to be accepted after the jump, got ${result}`);
    }
  }
  await load.stop();
  await tail.close();
  for (const [id, signal] of load.acknowledged) acknowledged.set(id, signal);
  for (const failure of [...old.failures, ...load.failures]) {
    tally.cut += 1;
    fail(`expected an acknowledgment, got ${failure}`);
  }
  destination.isAvailable = true;
  await eventually(() => tallyForwarded(acknowledged, destination.items()).lost === 0);
  add(tally, tallyForwarded(acknowledged, destination.items()), 'forwarded', fail);
  await compareStored(gateway, acknowledged, tally, fail);
  await stop(gateway, fail);
  // If files are removed at the next start, the jump caused it.
  const after = await startGateway(lifetime, options);
  await compareStored(after, acknowledged, tally, fail);
  await stop(after, fail);
  return tally;
}

async function compareStored(
  gateway: Gateway,
  acknowledged: ReadonlyMap<string, (typeof SIGNALS)[number]>,
  tally: Tally,
  fail: (message: string) => void,
): Promise<void> {
  for (const signal of SIGNALS) {
    const { lost, duplicated } = tallyStored(acknowledged, signal, await readByApi(gateway, signal));
    // A missing acknowledged item was either removed or never stored.
    tally.removed += lost;
    tally.duplicated += duplicated;
    if (lost + duplicated > 0)
      fail(`stored ${signal}: ${lost} items lost, ${duplicated} duplicated\n${gateway.output()}`);
  }
}

function add(
  tally: Tally,
  { lost, duplicated }: { readonly lost: number; readonly duplicated: number },
  what: string,
  fail: (message: string) => void,
): void {
  tally.lost += lost;
  tally.duplicated += duplicated;
  if (lost + duplicated > 0) fail(`${what}: ${lost} items lost, ${duplicated} duplicated`);
}

async function stop(gateway: Gateway, fail: (message: string) => void): Promise<void> {
  const code = await gateway.stop();
  if (code !== 0) fail(`expected exit code 0, got ${code}:\n${gateway.output()}`);
  if (/ERROR/.test(gateway.output())) fail(`the process logged errors:\n${gateway.output()}`);
}

/** The clock that processes see, set as an offset in a file. */
class MachineTime {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.set(0);
  }

  set(offsetMillis: number): void {
    // Written atomically, because a partially written file would be read as no offset.
    writeFileSync(`${this.path}.next`, `${offsetMillis < 0 ? '-' : '+'}${Math.abs(offsetMillis) / 1000}\n`);
    renameSync(`${this.path}.next`, this.path);
  }
}

function optionsOf(directory: string, { url }: Destination, { path }: MachineTime): GatewayOptions {
  if (FAKETIME === undefined || !existsSync(path)) throw new Error('libfaketime is not installed');
  const stored = '{ receivers: [otlp, otlp_websocket], exporters: [store] }';
  const forwarded = '{ receivers: [otlp, otlp_websocket], processors: [batch], exporters: [otlp_http] }';
  const config = `receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:0 }, http: { endpoint: 127.0.0.1:0 } } }
  otlp_websocket: { endpoint: 127.0.0.1:0 }
processors:
  batch: {}
exporters:
  store: { directory: ${JSON.stringify(directory)}, rows_per_file: 1000, retention: 72h }
  otlp_http:
    endpoint: ${url}
    encoding: json
    compression: none
    retry_on_failure: { initial_interval: 100ms, max_interval: 500ms }
extensions:
  workbench: { endpoint: 127.0.0.1:0 }
service:
  extensions: [workbench]
  pipelines:
    traces: ${stored}
    logs: ${stored}
    metrics: ${stored}
    traces/forward: ${forwarded}
    logs/forward: ${forwarded}
    metrics/forward: ${forwarded}
`;
  const environment = [
    `LD_PRELOAD=${FAKETIME}`,
    `FAKETIME_TIMESTAMP_FILE=${path}`,
    // Without these settings, the change takes effect late, monotonic time jumps too, and file times shift.
    'FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1',
  ];
  return { config: [config], shell: `export ${environment.join(' ')}` };
}

function addressesOf(gateway: Gateway) {
  const address = /^ *otlp_websocket +(\S+)$/m.exec(gateway.output())?.[1] ?? '';
  const websocket = /^wss?:/.test(address) ? address : `ws://${address}`;
  return { http: gateway.http, grpc: gateway.grpc, websocket };
}
