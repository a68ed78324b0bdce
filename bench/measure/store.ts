import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Status } from '@otelier/query';
import { sendLoad } from '../generator.ts';
import type { Metrics } from '../metrics.ts';
import { cpuSecondsOf, residentMegabytes, startPinned } from '../pinned.ts';
import { commandOf, type Surroundings } from '../programs.ts';
import type { Contestant, StoreScenario } from '../scenario.ts';
import { measureLoad } from './load.ts';

/** Measures a contestant: storing, or, for a program without a store, receiving and dropping the same load. */
export function measureStore(
  scenario: StoreScenario,
  contestant: Contestant,
  surroundings: Surroundings,
  seconds: number,
): Promise<Metrics> {
  if (contestant.pipeline.exporter === 'store') return measureStoring(scenario, contestant, surroundings, seconds);
  return measureLoad({ ...scenario, kind: 'load' }, contestant, surroundings, seconds);
}

/** Warm-up time of each program, for JIT compilation and for code loaded by the first files and requests. */
const WARM_SECONDS = 2;

/**
 * Measures durable, queryable storage: all CPU time from socket to Parquet, and bytes per span on disk, until the last
 * acknowledged span is in a file, long after the sender has finished. Spans sent during the warm-up do not count.
 */
async function measureStoring(
  scenario: StoreScenario,
  { program: name, pipeline }: Contestant,
  surroundings: Surroundings,
  seconds: number,
): Promise<Metrics> {
  const { ports, directory, peers } = surroundings;
  const command = await commandOf(name, pipeline, surroundings);
  await using program = await startPinned('0', command, [ports.grpc, ports.http, ports.page]);
  const { pid } = program;
  const target = { pid, ports, peers, warmSeconds: 0, cores: '1' };
  const warmed = await sendLoad(scenario.load, { ...target, seconds: WARM_SECONDS });
  const rowsBefore = await untilAllInFiles(ports.page, scenario.load.signal, warmed.acked_items);
  const bytesBefore = await parquetBytes(join(directory, 'store'));
  const before = await cpuSecondsOf(pid);
  const sent = await sendLoad(scenario.load, { ...target, seconds });
  const rows = (await untilAllInFiles(ports.page, scenario.load.signal, rowsBefore + sent.acked_items)) - rowsBefore;
  return {
    itemsPerCpuSecond: sent.acked_items / ((await cpuSecondsOf(pid)) - before),
    itemsPerSecond: sent.acked_items / seconds,
    acknowledged: sent.acked_items,
    received: rows,
    refused: sent.errors,
    p50Millis: sent.p50_ms,
    p99Millis: sent.p99_ms,
    peakMegabytes: (await residentMegabytes(pid)).peak,
    bytesPerItem: ((await parquetBytes(join(directory, 'store'))) - bytesBefore) / sent.acked_items,
  };
}

async function untilAllInFiles(port: number, signal: string, items: number): Promise<number> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    const { store } = (await (await fetch(`http://127.0.0.1:${port}/api/v1/status`)).json()) as Status;
    const rows = store?.rows[signal] ?? 0;
    if (store?.pendingRows === 0 && rows >= items) return rows;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${items} items were acknowledged, and after two minutes not all of them are in files`);
}

async function parquetBytes(directory: string): Promise<number> {
  let bytes = 0;
  for await (const file of glob('data/**/*.parquet', { cwd: directory }))
    bytes += (await stat(join(directory, file))).size;
  return bytes;
}
