import type { Outcome, Signal } from '@otelier/otlp';
import type { IngestTarget, PushResponse } from '@otelier/query';
import { withPushBody } from '../../component/http/push-body.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { textResponse } from '../../component/http/text-response.ts';
import { VERSION } from '../../component/version.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import type { IntakeProxy } from './intake-proxy.ts';
import { json, ROUTES, type Route } from './routes.ts';

/** Options for `receiveDatadog`. */
export interface DatadogOptions {
  readonly maxBytes: number;
  /** The signals that have a pipeline. */
  readonly signals: ReadonlySet<Signal>;
  /** Forwards descriptions of hosts; without it, they are acknowledged. */
  readonly intake: IntakeProxy | undefined;
  nowMillis(): number;
}

/** Requests about the host and the key, which contain no telemetry. */
const ACCEPTED = json(202, '{"status":"ok"}');
const INTAKE = new Set(['/intake', '/intake/']);
const ACKNOWLEDGED: Readonly<Record<string, PushResponse>> = {
  '/intake': ACCEPTED,
  '/intake/': ACCEPTED,
  '/api/v1/metadata': ACCEPTED,
  '/api/v1/validate': json(200, '{"valid":true}'),
};

/** Responds to a request as the agent or the API of Datadog does, and passes its items on. */
export async function receiveDatadog(
  request: PathRequest,
  targetOf: (signal: Signal) => IngestTarget,
  options: DatadogOptions,
): Promise<PushResponse> {
  const { path, method } = request;
  if (path === '/info') return json(200, info(options));
  if (options.intake !== undefined && INTAKE.has(path)) return options.intake.forward(request, targetOf('metrics'));
  const acknowledged = ACKNOWLEDGED[path];
  if (acknowledged !== undefined) return acknowledged;
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (route === undefined || !options.signals.has(route.signal))
    return textResponse(404, `${path}: expected another path`);
  if (method !== 'POST' && method !== 'PUT')
    return textResponse(405, `expected POST, got ${method}`, { allow: 'POST, PUT' });
  const target = targetOf(route.signal);
  return withPushBody(request, target, options.maxBytes, async (read) => {
    if (read.kind !== 'ok') return failure(read.kind, read.reason);
    try {
      const encoded = route.decode(read.body, request, options.nowMillis());
      if (encoded === undefined || encoded.itemCount === 0) return route.accepted;
      return responseOf(await target.consume(encoded.bytes, encoded.itemCount), route);
    } catch (error) {
      if (!(error instanceof MalformedSpansError)) throw error;
      return failure('malformed', error.message);
    }
  });
}

const STATUSES = { too_large: 413, no_memory: 503, malformed: 400 } as const;

/** The agent sends a request again for a status of a server error. */
function failure(kind: keyof typeof STATUSES, reason: string): PushResponse {
  const status = STATUSES[kind];
  return textResponse(status, reason, status === 503 ? { 'retry-after': '1' } : {});
}

function responseOf(outcome: Outcome, { accepted }: Route): PushResponse {
  if (outcome.kind === 'retry') return failure('no_memory', outcome.reason);
  return outcome.kind === 'refused' ? failure('malformed', outcome.reason) : accepted;
}

/** Describes the receiver to tracers, which choose the version of their requests by it. */
function info({ signals }: DatadogOptions): string {
  const endpoints = Object.entries(ROUTES)
    .filter(([path, { signal }]) => signals.has(signal) && path.startsWith('/v0.'))
    .map(([path]) => path);
  return JSON.stringify({
    version: VERSION,
    endpoints,
    client_drop_p0s: false,
    span_meta_structs: true,
    span_events: true,
  });
}
