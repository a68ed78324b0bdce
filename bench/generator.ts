import { join } from 'node:path';
import { runToEnd } from '../test/interop/processes.ts';
import { type Pinned, startPinned } from './pinned.ts';
import type { Ports } from './programs.ts';
import type { Load, Sink } from './scenario.ts';

/** The report of the load generator, `blast`. */
export interface Sent {
  readonly spans_per_cpu_s: number;
  readonly spans_s: number;
  readonly acked_items: number;
  readonly errors: number;
  readonly first_error?: string;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly idle_alive?: number;
}

/** The program under load, and the test duration. */
export interface Target {
  readonly pid: number;
  readonly ports: Ports;
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly cores: string;
  readonly peers: string;
}

/** Sends load for the given duration and returns the generator's report. */
export async function sendLoad(load: Load, target: Target): Promise<Sent> {
  const port = load.protocol === 'grpc' ? target.ports.grpc : target.ports.http;
  const { connections = 2, inFlight = 8, rate, idleConnections, compression } = load;
  const args = [
    ...['-proto', load.protocol, '-addr', `127.0.0.1:${port}`, '-signal', load.signal, '-pid', String(target.pid)],
    ...['-spans', String(load.itemsPerRequest), '-conns', String(connections), '-inflight', String(inFlight)],
    ...['-d', `${target.seconds}s`, '-warm', `${target.warmSeconds}s`],
    ...(rate === undefined ? [] : ['-rate', String(rate)]),
    ...(idleConnections === undefined ? [] : ['-idle', String(idleConnections)]),
    ...(compression === 'gzip' ? ['-gzip'] : []),
    ...(load.freshIds ? ['-fresh'] : []),
  ];
  // `blast` does not support zstd.
  const program =
    compression === 'zstd'
      ? [process.execPath, join(import.meta.dirname, 'zstd-generator.ts')]
      : [join(target.peers, 'blast')];
  const { code, stdout, stderr } = await runToEnd(['taskset', '-c', target.cores, ...program, ...args]);
  if (code !== 0) throw new Error(`the load generator failed: ${stderr.trim().slice(-1_000)}`);
  return JSON.parse(stdout) as Sent;
}

/** A sink that counts received items. */
export interface RunningSink extends Pinned {
  received(): Promise<number>;
  /** Waits until `items` have arrived. Throws if none arrive for a long time. */
  untilReceived(items: number): Promise<number>;
}

const POLL_MILLIS = 50;
/** Longer than an exporter's maximum retry delay. */
const STALLED_MILLIS = 40_000;

/** Starts a sink. */
export async function startSink(sink: Sink, ports: Ports, peers: string, cores: string): Promise<RunningSink> {
  const addresses = ['-grpc', `127.0.0.1:${ports.sinkGrpc}`, '-http', `127.0.0.1:${ports.sinkHttp}`];
  const command = [join(peers, 'blast'), 'sink', ...addresses, '-delay', `${sink.delayMillis ?? 0}ms`];
  const pinned = await startPinned(cores, command, [ports.sinkGrpc, ports.sinkHttp]);
  const received = async (): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${ports.sinkHttp}/stats`);
    return ((await response.json()) as { spans: number }).spans;
  };
  return {
    ...pinned,
    received,
    async untilReceived(items) {
      let count = await received();
      for (let stalledSince = Date.now(); count < items; ) {
        if (Date.now() - stalledSince > STALLED_MILLIS) {
          throw new Error(`${items - count} of ${items} acknowledged items never arrived at the far end`);
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
        const now = await received();
        if (now > count) stalledSince = Date.now();
        count = now;
      }
      return count;
    },
  };
}
