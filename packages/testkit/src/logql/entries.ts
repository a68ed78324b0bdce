import type { Random } from '../otlp/random.ts';

/** A log entry as a brute-force evaluation of LogQL sees it. */
export interface TestEntry {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly stream: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly line: string;
}

const STREAMS: readonly Readonly<Record<string, string>>[] = [
  { service_name: 'shop', k8s_namespace_name: 'eu' },
  { service_name: 'shop', k8s_namespace_name: 'us' },
  { service_name: 'gateway', k8s_namespace_name: 'eu' },
  { service_name: 'unknown_service' },
];
const METHODS = ['GET', 'POST', 'PUT'];
const LEVELS = ['info', 'warn', 'error', 'debug'];
const PATHS = ['/cart', '/pay', '/items/7', '/'];
const LATENCIES = ['12ms', '1.5s', '250ms', '3m', 'soon'];
const SIZES = ['2KB', '10KiB', '512B', '1.5MB', 'big'];
const ADDRESSES = ['10.0.0.1', '192.168.4.7', '192.168.9.9', '2001:db8::7'];

/** Generates entries in JSON, logfmt, a pattern and free text, `spacing` nanoseconds apart. */
export function testEntries(random: Random, count: number, start: bigint, spacing: bigint): TestEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const stream = pick(STREAMS, random);
    return {
      time: start + BigInt(index) * spacing,
      stream,
      metadata: { user_id: String(random(4)), detected_level: 'set' },
      line: lineOf(random, index),
    };
  });
}

function lineOf(random: Random, index: number): string {
  const [level, method, path] = [pick(LEVELS, random), pick(METHODS, random), pick(PATHS, random)];
  const [latency, size, address] = [pick(LATENCIES, random), pick(SIZES, random), pick(ADDRESSES, random)];
  const status = pick(['200', '404', '500', 'none'], random);
  switch (random(5)) {
    case 0:
      return JSON.stringify({ level, http: { method, path }, status: Number(status) || status, latency, size, index });
    case 1:
      return `level=${level} method=${method} path="${path}" status=${status} latency=${latency} size=${size}`;
    case 2:
      return `${address} - "${method} ${path}" ${status} ${latency}`;
    case 3:
      return `level=${level} user_id=9 broken="${path} ok=1`;
    default:
      return `${level} something happened at ${address} after ${latency}`;
  }
}

/** Returns one of several values. */
export function pick<T>(values: readonly T[], random: Random): T {
  const value = values[random(values.length)];
  if (value === undefined) throw new Error('expected a value');
  return value;
}
