import { requestFromJson } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createHttpClient } from '@otelier/transport/http-client';
import { type Gateway, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { COLLECTABLE, residentMegabytes } from './memory/collectable.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';
import { isValid, SAVES, type Save, saveModule, writeModule } from './typed/module.ts';
import { type Sink, startSink } from './typed/sink.ts';

/** Number of senders, each of which sends one request after another. */
const SENDERS = 4;
const SPANS = 10;
/** Memory may grow by this much after the first saves, in which compiled code, heaps and the allocator settle. */
const MAX_GROWTH_MEGABYTES = 64;
const SETTLING_SAVES = 50;
/** Number of saves between two measurements. */
const MEASURE_EVERY = 5;

/**
 * Saves the modules of a running process under load: its functions that change, route and aggregate, and its component;
 * each case is one save. Every acknowledged span must reach the
 * destination exactly once, marked by a version that was in use, and the memory of replaced versions must return.
 */
export const suite: ChaosSuite = {
  name: 'typed',
  summary:
    'saving typed functions and components loses and doubles nothing, and their previous versions hold no memory',
  cases: 1_000,
  sampleCases: 8,
  run: (run) => withLifetime((lifetime) => runSaves(lifetime, run)),
};

async function runSaves(lifetime: Lifetime, { seed, from, count, fail, log }: ChaosRun): Promise<void> {
  const random = createRandom(seed * 1000 + from);
  const sink = await startSink();
  lifetime.after(() => sink.close());
  const directory = await tempDirectory(lifetime);
  const file = await writeModule(directory, sink.url, 0);
  const gateway = await startGateway(lifetime, { file, shell: COLLECTABLE });
  const stop = new AbortController();
  const acknowledged = new Set<string>();
  const load = sendLoad(gateway, acknowledged, stop.signal);
  const megabytes: number[] = [];
  let failures = 0;
  let isBroken = false;
  await sink.untilVersion(0);
  for (let index = from; index < from + count; index++) {
    // After a version with errors, another file alone changes nothing.
    const save: Save = isBroken ? 'replace' : (SAVES[random(SAVES.length)] ?? 'replace');
    isBroken = save === 'broken' || save === 'throws at import';
    const version = index + 1;
    await saveModule(directory, sink.url, version, save);
    if (isValid(save)) await sink.untilVersion(version);
    else if (isBroken) await untilReported(gateway, ++failures);
    if ((index - from) % MEASURE_EVERY === MEASURE_EVERY - 1) megabytes.push(await residentMegabytes(gateway));
  }
  stop.abort();
  const refused = await load;
  const growth = growthOf(megabytes);
  if (refused !== undefined) fail(from, refused);
  if (growth > MAX_GROWTH_MEGABYTES) fail(from, `memory grew by ${growth} MB after ${SETTLING_SAVES} saves`);
  for (const message of compare(sink, acknowledged).slice(0, 5)) fail(from, message);
  log(
    `${count} saves, ${acknowledged.size} requests of ${SPANS} spans, memory ${megabytes.at(-1)} MB, growth ${growth} MB`,
  );
}

/** Sends requests until `stop`. Returns why a request was not accepted. */
async function sendLoad(gateway: Gateway, acknowledged: Set<string>, stop: AbortSignal): Promise<string | undefined> {
  const reasons = await Promise.all(
    Array.from({ length: SENDERS }, async (_, sender) => {
      const client = createHttpClient({ endpoint: gateway.http });
      try {
        for (let i = 0; !stop.aborted; i++) {
          const name = `${sender}-${i}`;
          const outcome = await client.export('traces', [requestOf(name)]);
          if (outcome.kind !== 'accepted') return `${name}: ${JSON.stringify(outcome)}`;
          acknowledged.add(name);
        }
        return undefined;
      } finally {
        await client.shutdown();
      }
    }),
  );
  return reasons.find((reason) => reason !== undefined);
}

function requestOf(name: string): Uint8Array {
  const spans = Array.from({ length: SPANS }, () => ({ name }));
  const request = requestFromJson('traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  if (!request.ok) throw new Error(JSON.stringify(request));
  return request.bytes;
}

function compare({ counts }: Sink, acknowledged: ReadonlySet<string>): string[] {
  const wrong = [...acknowledged].filter((name) => counts.get(name) !== SPANS);
  return wrong.map((name) => `request ${name}: expected ${SPANS} spans, got ${counts.get(name) ?? 0}`);
}

async function untilReported(gateway: Gateway, failures: number): Promise<void> {
  while ((gateway.output().match(/functions not replaced/g)?.length ?? 0) < failures)
    await new Promise((resolve) => gateway.child.stderr?.once('data', resolve));
}

/** Returns by how much memory has grown since it settled: the medians of the first and the last saves thereafter. */
function growthOf(megabytes: readonly number[]): number {
  const settled = megabytes.slice(Math.min(SETTLING_SAVES / MEASURE_EVERY, Math.floor(megabytes.length / 2)));
  const some = Math.max(1, Math.floor(settled.length / 5));
  return medianOf(settled.slice(-some)) - medianOf(settled.slice(0, some));
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
