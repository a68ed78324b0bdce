import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import type { Random } from '@otelier/testkit/otlp/random';
import { createLogger, createService, loadConfig, type Service } from 'otelier';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import type { Lifetime } from '../../e2e/gateway.ts';
import { SIGNALS } from '../kill/requests.ts';
import { type Destination, startDestination } from './destination.ts';
import { type HalfSentRequest, startGrpcRequest, startHttpRequest } from './in-flight.ts';
import type { Jump } from './jumps.ts';
import { type Load, startLoad } from './load.ts';
import { eventually, type Tally, tallyForwarded } from './verify.ts';

/** Clock step, which is shorter than any retry delay of the exporter. */
const STEP_MILLIS = 20;
/** Number of requests per client before and after the jump. */
const REQUESTS = 6;

/**
 * Runs an in-process service with a driven clock. When the clock jumps, requests are half sent, batches are waiting to
 * be filled, and the destination is unavailable.
 */
export async function jumpDrivenClock(
  lifetime: Lifetime,
  { offsetsMillis }: Jump,
  random: Random,
  fail: (message: string) => void,
): Promise<Tally> {
  const clock = createManualClock();
  const destination = await startDestination(lifetime);
  const { service, lines } = await startService(lifetime, clock, destination);
  const [http, grpc] = ['http', 'grpc'].map((protocol) => addressOf(service, protocol));
  const load = startLoad({ http: `http://${http}`, grpc: String(grpc) }, 'driven');
  await load.more(REQUESTS);
  const inFlight: HalfSentRequest[] = [];
  for (const signal of SIGNALS) {
    inFlight.push(await startHttpRequest(`http://${http}`, signal, `half-http-${signal}`));
    inFlight.push(await startGrpcRequest(String(grpc), signal, `half-grpc-${signal}`));
  }
  // Some batches have failed once and await a retry; others have not been sent.
  const isRetrying = random(2) === 0;
  if (isRetrying) await driveUntil(clock, () => destination.rejected > 0);
  let offsetMillis = 0;
  for (const next of offsetsMillis) {
    clock.jump(next - offsetMillis);
    offsetMillis = next;
    await clock.advance(random(STEP_MILLIS));
    await load.more(1 + random(REQUESTS));
  }
  const tally: Tally = { lost: 0, duplicated: 0, cut: 0, removed: 0 };
  const acknowledged = new Map(load.acknowledged);
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
  tally.cut += failuresOf(load, fail);
  for (const [id, signal] of load.acknowledged) acknowledged.set(id, signal);
  destination.isAvailable = true;
  const hasAll = () => tallyForwarded(acknowledged, destination.items()).lost === 0;
  await driveUntil(clock, hasAll);
  Object.assign(tally, tallyForwarded(acknowledged, destination.items()));
  if (tally.lost + tally.duplicated > 0) fail(`forwarded: ${tally.lost} items lost, ${tally.duplicated} duplicated`);
  const errors = lines.filter(({ level }) => Number(level) >= ERROR_LEVEL);
  if (errors.length > 0) fail(`the service logged errors: ${JSON.stringify(errors)}`);
  return tally;
}

const ERROR_LEVEL = 50;

function failuresOf({ failures }: Load, fail: (message: string) => void): number {
  for (const failure of failures) fail(`expected an acknowledgment, got ${failure}`);
  return failures.length;
}

/** Advances the clock until the condition holds. Requests take real time, so each step waits for them. */
async function driveUntil(clock: ManualClock, condition: () => boolean): Promise<void> {
  await eventually(async () => {
    if (condition()) return true;
    await clock.advance(STEP_MILLIS);
    return condition();
  });
}

async function startService(lifetime: Lifetime, clock: ManualClock, { url }: Destination) {
  const lines: Record<string, unknown>[] = [];
  const pipeline = { receivers: ['otlp'], processors: ['batch'], exporters: ['otlp_http'] };
  const local = { endpoint: '127.0.0.1:0' };
  const config = {
    receivers: { otlp: { protocols: { grpc: local, http: local } } },
    processors: { batch: {} },
    exporters: {
      otlp_http: {
        endpoint: url,
        encoding: 'json',
        compression: 'none',
        // The clock runs faster than the sockets.
        timeout: 0,
        retry_on_failure: { initial_interval: '100ms', max_interval: '500ms' },
      },
    },
    service: { pipelines: { traces: pipeline, logs: pipeline, metrics: pipeline } },
  };
  const sources = [{ name: 'clock.yaml', text: JSON.stringify(config) }];
  const loaded = await loadConfig({ sources, environment: {}, registry });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const logger = createLogger({ level: 'info', encoding: 'json' }, { write: (line) => lines.push(JSON.parse(line)) });
  const service = createService({ config: loaded.config, clock, logger });
  await service.start();
  lifetime.after(async () => {
    let hasEnded = false;
    const ended = service.shutdown().finally(() => {
      hasEnded = true;
    });
    while (!hasEnded) await clock.advance(1000);
    await ended;
  });
  return { service, lines };
}

function addressOf(service: Service, protocol: string): string {
  const endpoint = service.host.endpoints().find((candidate) => candidate.protocol === protocol);
  if (endpoint === undefined) throw new Error(`no endpoint for ${protocol}`);
  return endpoint.address;
}
