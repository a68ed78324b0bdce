import { type RunningSink, type Sent, sendLoad, startSink, type Target } from '../generator.ts';
import type { Metrics } from '../metrics.ts';
import { cpuSecondsByThread, cpuSecondsOf, residentMegabytes, startPinned } from '../pinned.ts';
import { commandOf, type Surroundings } from '../programs.ts';
import type { Contestant, Load, LoadScenario } from '../scenario.ts';

/** Warm-up time of each program, for JIT compilation. */
const WARM_SECONDS = 2;

/**
 * The program runs on the first core, and the generator and sink on the second, unless the contestant specifies other
 * cores.
 */
const CORES = { program: '0', others: '1' } as const;

/** Measures one contestant under load. */
export async function measureLoad(
  scenario: LoadScenario,
  contestant: Contestant,
  surroundings: Surroundings,
  seconds: number,
): Promise<Metrics> {
  const { ports, peers } = surroundings;
  const { cores = CORES, pipeline } = contestant;
  await using sink = scenario.sink && (await startSink(scenario.sink, ports, peers, cores.others));
  const command = await commandOf(contestant.program, pipeline, surroundings);
  await using program = await startPinned(cores.program, command, [ports.grpc, ports.http]);
  const load: Load = { ...scenario.load, ...contestant.load };
  const target: Target = {
    pid: program.pid,
    ports,
    peers,
    cores: cores.others,
    seconds: scenario.seconds ?? seconds,
    warmSeconds: WARM_SECONDS,
  };
  const { metrics, sent } =
    sink === undefined ? await measureSteady(load, target) : await measureDrained(load, target, sink);
  const { rejections } = scenario;
  if (rejections !== undefined && sent.first_error !== undefined && !rejections.test(sent.first_error)) {
    throw new Error(`expected rejections such as ${rejections}, got "${sent.first_error}"`);
  }
  return {
    ...metrics,
    p50Millis: sent.p50_ms,
    p99Millis: sent.p99_ms,
    peakMegabytes: (await residentMegabytes(program.pid)).peak,
    refused: sent.errors,
    ...(load.idleConnections === undefined ? {} : { idleAlive: sent.idle_alive ?? 0 }),
  };
}

interface Measured {
  readonly metrics: Metrics;
  readonly sent: Sent;
}

/** Measures an arbitrary interval after the warm-up, for pipelines without output. */
async function measureSteady(load: Load, target: Target): Promise<Measured> {
  const before = await cpuSecondsByThread(target.pid);
  const sent = await sendLoad(load, target);
  return {
    sent,
    metrics: {
      itemsPerCpuSecond: sent.spans_per_cpu_s,
      itemsPerSecond: sent.spans_s,
      acknowledged: sent.acked_items,
      workerShare: shareOfSecond(before, await cpuSecondsByThread(target.pid)),
    },
  };
}

/**
 * Measures CPU time until the last acknowledged item has reached the sink, because a program that queues has done only
 * part of its work when the generator stops. Items sent during the warm-up do not count.
 */
async function measureDrained(load: Load, target: Target, sink: RunningSink): Promise<Measured> {
  const warmed = await sendLoad(load, { ...target, seconds: target.warmSeconds, warmSeconds: 0 });
  const receivedBefore = await sink.untilReceived(warmed.acked_items);
  const cpuBefore = await cpuSecondsOf(target.pid);
  const sent = await sendLoad(load, { ...target, warmSeconds: 0 });
  const taken = (await sink.received()) - receivedBefore;
  const received = await sink.untilReceived(warmed.acked_items + sent.acked_items);
  const cpuSeconds = (await cpuSecondsOf(target.pid)) - cpuBefore;
  const offered = sent.acked_items + sent.errors * load.itemsPerRequest;
  return {
    sent,
    metrics: {
      itemsPerCpuSecond: sent.acked_items / cpuSeconds,
      itemsPerSecond: sent.acked_items / target.seconds,
      acknowledged: sent.acked_items,
      received: received - receivedBefore,
      offeredFactor: offered / taken,
    },
  };
}

/** Returns the second busiest thread's share of the CPU time used by the two busiest. */
function shareOfSecond(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  const spent = [...after].map(([thread, seconds]) => seconds - (before.get(thread) ?? 0));
  const [first = 0, second = 0] = spent.toSorted((a, b) => b - a);
  return second / (first + second);
}
