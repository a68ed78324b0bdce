import type { Outcome } from '@otelier/otlp';
import type { IngestTarget, PushResponse } from '@otelier/query';
import { withPushBody } from '../../component/http/push-body.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { VERSION } from '../../component/version.ts';
import { convertPoints } from './convert.ts';
import { parseLines } from './line-protocol.ts';

/** Options for `receiveInflux`. */
export interface InfluxOptions {
  readonly maxBytes: number;
  nowNanos(): bigint;
}

const V1_WRITE = '/write';
const V2_WRITE = '/api/v2/write';

/** Nanoseconds of the units of time. */
const PRECISIONS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['n', 1n],
  ['ns', 1n],
  ['u', 1000n],
  ['us', 1000n],
  ['µ', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Responds to a request as InfluxDB does, and passes its points on. */
export async function receiveInflux(
  request: PathRequest,
  target: IngestTarget,
  options: InfluxOptions,
): Promise<PushResponse> {
  const { method, path, query } = request;
  if (path === '/ping') return { status: 204, message: '', headers: { 'x-influxdb-version': `otelier-${VERSION}` } };
  if (path === '/health')
    return json(200, { name: 'influxdb', status: 'pass', message: 'ready for queries and writes' });
  const parameters = new URLSearchParams(query);
  if (path === '/query') return respondToQuery(parameters.get('q') ?? '');
  if (path !== V1_WRITE && path !== V2_WRITE) return failure(404, path, `expected ${V1_WRITE} or ${V2_WRITE}`);
  if (method !== 'POST') return failure(405, path, `expected POST, got ${method}`, { allow: 'POST' });
  const precision = parameters.get('precision') ?? '';
  const unitNanos = PRECISIONS.get(precision);
  if (unitNanos === undefined) return failure(400, path, `expected a precision such as "ms", got "${precision}"`);
  return withPushBody(request, target, options.maxBytes, async (body) => {
    if (body.kind !== 'ok') return failure(UNREADABLE[body.kind], path, body.reason);
    return receiveLines(Buffer.from(body.body).toString('utf8'), unitNanos, path, target, options);
  });
}

const UNREADABLE = { too_large: 413, no_memory: 503, malformed: 400 } as const;

async function receiveLines(
  text: string,
  unitNanos: bigint,
  path: string,
  target: IngestTarget,
  { nowNanos }: InfluxOptions,
): Promise<PushResponse> {
  const { points, invalid } = parseLines(text);
  const now = nowNanos();
  const timed = points.map(({ time, ...point }) => ({ ...point, timeUnixNano: timeOf(time, unitNanos, now) }));
  const encoded = convertPoints(timed);
  if (encoded !== undefined) {
    const failed = failureOf(await target.consume(encoded.bytes, encoded.itemCount), path);
    if (failed !== undefined) return failed;
  }
  const [first] = invalid;
  if (first === undefined) return { status: 204, message: '', headers: {} };
  // As in InfluxDB, the other lines are written.
  const reason = `unable to parse '${first.line}': ${first.reason}`;
  const message = points.length === 0 ? reason : `partial write: ${reason} dropped=${invalid.length}`;
  return failure(400, path, message);
}

/** Times before 1970 are not representable. */
function timeOf(time: bigint | undefined, unitNanos: bigint, now: bigint): bigint {
  if (time === undefined) return now;
  const nanos = time * unitNanos;
  return nanos < 0n || nanos >= 2n ** 63n ? now : nanos;
}

function failureOf(outcome: Outcome, path: string): PushResponse | undefined {
  if (outcome.kind === 'retry') return failure(503, path, outcome.reason, { 'retry-after': '1' });
  return outcome.kind === 'refused' ? failure(400, path, outcome.reason) : undefined;
}

/** Clients of InfluxDB 1 create their database before they write. */
function respondToQuery(statement: string): PushResponse {
  if (/^\s*CREATE\s+DATABASE\b/i.test(statement)) return json(200, { results: [{ statement_id: 0 }] });
  return failure(400, V1_WRITE, 'expected CREATE DATABASE: this server cannot be queried');
}

function failure(status: number, path: string, reason: string, headers: PushResponse['headers'] = {}): PushResponse {
  const code =
    status === 400 ? 'invalid' : status === 503 ? 'unavailable' : status === 413 ? 'request too large' : 'not found';
  const body = path === V2_WRITE ? { code, message: reason } : { error: reason };
  const { headers: common, ...response } = json(status, body);
  return {
    ...response,
    headers: { ...common, 'x-influxdb-error': reason.replaceAll(/[^ -~]+/g, ' ').slice(0, 200), ...headers },
  };
}

function json(status: number, body: object): PushResponse {
  return { status, message: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
