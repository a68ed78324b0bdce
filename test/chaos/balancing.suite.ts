import { join } from 'node:path';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { HashRing } from '../../packages/collector/src/exporters/load_balancing/hash-ring.ts';
import {
  countSpans,
  membersByTrace,
  SpanSource,
  TestMember,
} from '../../packages/collector/src/exporters/load_balancing/members.testing.ts';
import { type Gateway, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/**
 * Spreads traces over members with `load_balancing` and queues on disk. Members stop and start, and the process is killed
 * and starts again with other members. Every acknowledged span must arrive, and a trace whose owner was the same throughout must
 * arrive at one member only.
 */
export const suite: ChaosSuite = {
  name: 'balancing',
  summary: 'load_balancing loses nothing and splits no trace needlessly while members change, with kills',
  cases: 20,
  sampleCases: 1,
  async run(run) {
    for (let index = run.from; index < run.from + run.count; index++) {
      await withLifetime(async (lifetime) => {
        await runCase(lifetime, index, run).catch((error) =>
          run.fail(index, error instanceof Error ? error.message : String(error)),
        );
      });
    }
  },
};

const HOSTS = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'];
const TRACES = 200;
const BATCHES = 30;
const SPANS = 40;

async function runCase(lifetime: Lifetime, index: number, { seed, log }: ChaosRun): Promise<void> {
  const random = createRandom(seed * 1000 + index);
  const members: TestMember[] = [];
  for (const host of HOSTS) members.push(await new TestMember(host, members[0]?.port).start());
  lifetime.after(async () => {
    await Promise.all(members.map((member) => member.stop()));
  });
  const directory = join(await tempDirectory(lifetime), 'queues');
  const source = new SpanSource(TRACES);
  const rings: HashRing[] = [];
  // The sample has one kill.
  const kills = index === 0 ? 1 : 1 + random(3);
  let gateway: Gateway | undefined;
  for (let life = 0; life <= kills; life++) {
    const addresses = choose(members, random).map(({ address }) => address);
    rings.push(new HashRing(addresses));
    gateway = await startGateway(lifetime, { config: [configOf(directory, addresses)] });
    await sendWhileMembersChange(gateway, members, source, random);
    if (life < kills) await gateway.kill();
  }
  for (const member of members) await member.start();
  await untilArrived(members, source);
  const code = await gateway?.stop();
  if (code !== 0) throw new Error(`the process ended with ${code}:\n${gateway?.output()}`);
  const { different, again } = countSpans(members);
  log(`${kills} kills: ${source.sent} spans acknowledged, ${source.sent - different} lost, ${again} repeated`);
  if (different !== source.sent) throw new Error(`${source.sent - different} of ${source.sent} spans lost`);
  // At a kill, a batch per consumer and member was sent and not acknowledged, and one was stored and not acknowledged.
  const maxAgain = kills * SPANS * (10 * members.length + 1);
  if (again > maxAgain) throw new Error(`expected at most ${maxAgain} spans repeated, got ${again}`);
  for (const [traceId, owners] of membersByTrace(members)) {
    const id = Buffer.from(traceId, 'hex');
    const expected = new Set(rings.map((ring) => ring.endpoints[ring.indexOf(id)]));
    if (expected.size === 1 && owners.size > 1) throw new Error(`trace ${traceId} went to ${owners.size} members`);
  }
}

/** Returns two to all of the members. */
function choose(members: readonly TestMember[], random: Random): readonly TestMember[] {
  const shuffled = [...members].sort(() => random(3) - 1);
  return shuffled.slice(0, 2 + random(members.length - 1));
}

async function sendWhileMembersChange(
  gateway: Gateway,
  members: readonly TestMember[],
  source: SpanSource,
  random: Random,
): Promise<void> {
  const client = createGrpcClient({ endpoint: `http://${gateway.grpc}` });
  for (let count = 0; count < BATCHES; count++) {
    if (random(4) === 0) {
      const member = members[random(members.length)];
      if (random(2) === 0) await member?.stop();
      else await member?.start();
    }
    const { signal, parts } = source.batch(SPANS);
    while ((await client.export(signal, parts)).kind !== 'accepted') await pause(20);
  }
  await client.shutdown();
}

/** Waits until all spans have arrived, or none arrives for long. */
async function untilArrived(members: readonly TestMember[], source: SpanSource): Promise<void> {
  let before = 0;
  for (let idle = 0; idle < 200; ) {
    const { different } = countSpans(members);
    if (different === source.sent) return;
    idle = different === before ? idle + 1 : 0;
    before = different;
    await pause(50);
  }
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

function configOf(directory: string, addresses: readonly string[]): string {
  return `receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:0 } } }
exporters:
  load_balancing:
    protocol:
      otlp:
        tls: { insecure: true }
        compression: none
        retry_on_failure: { initial_interval: 50ms, max_interval: 200ms }
        sending_queue: { storage: file_storage }
    resolver: { static: { hostnames: ${JSON.stringify(addresses)} } }
extensions:
  file_storage: { directory: ${JSON.stringify(directory)}, create_directory: true }
service:
  extensions: [file_storage]
  pipelines: { traces: { receivers: [otlp], exporters: [load_balancing] } }
`;
}
