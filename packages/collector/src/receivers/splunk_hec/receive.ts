import type { Outcome, Signal } from '@otelier/otlp';
import type { IngestTarget, PushResponse } from '@otelier/query';
import { withPushBody } from '../../component/http/push-body.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import { Entry } from '../../operators/entry/entry.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import { METADATA, type MetadataAttributes, TOKEN_ATTRIBUTE } from '../../splunk/metadata.ts';
import { type EventDefaults, type ParsedEvents, parseEvents } from './events.ts';
import { encodeMetrics } from './metrics.ts';
import { type HecError, hecResponse } from './response.ts';

/** Options for `receiveHec`. */
export interface HecOptions {
  readonly rawPath: string;
  readonly splitting: 'line' | 'none';
  readonly healthPath: string;
  readonly accessTokenPassthrough: boolean;
  readonly hecMetadataToOtelAttrs: MetadataAttributes;
  readonly maxBytes: number;
  /** The signals that have a pipeline. */
  readonly signals: Readonly<Record<'logs' | 'metrics', boolean>>;
  nowMillis(): number;
}

type TargetOf = (signal: Signal) => IngestTarget;

/** Responds to a request as the HTTP Event Collector does, and passes its events on. */
export async function receiveHec(request: PathRequest, targetOf: TargetOf, options: HecOptions): Promise<PushResponse> {
  const { method, path } = request;
  const { healthPath, rawPath, maxBytes, signals } = options;
  if (path === healthPath || path === `${healthPath}/1.0`) return hecResponse('healthy');
  if (method !== 'POST') return hecResponse('method');
  const target = targetOf(signals.logs ? 'logs' : 'metrics');
  return withPushBody(request, target, maxBytes, async (pushed) => {
    if (pushed.kind !== 'ok') return hecResponse(UNREADABLE[pushed.kind], { text: pushed.reason });
    const text = Buffer.from(pushed.body).toString('utf8');
    if (text.trim() === '') return hecResponse('noData');
    const defaults = { token: tokenOf(request, options), observedNanos: nanosOf(options) };
    if (path === rawPath && signals.logs) return receiveRaw(text, request, target, options, defaults);
    const parsed = parseEvents(text, { ...defaults, attributes: options.hecMetadataToOtelAttrs });
    const error = parsed.error ?? unsupported(parsed, signals);
    return error === undefined ? forward(parsed, targetOf) : hecResponse(error.kind, { event: error.event });
  });
}

const UNREADABLE = { too_large: 'tooLarge', no_memory: 'busy', malformed: 'format' } as const;

/** Passes logs and metrics on. All events of a request are sent again if either is not taken. */
async function forward({ logs, metrics }: ParsedEvents, targetOf: TargetOf): Promise<PushResponse> {
  if (logs.length > 0) {
    const outcome = await targetOf('logs').consume(encodeEntries(logs), logs.length);
    if (outcome.kind !== 'accepted' && outcome.kind !== 'partial') return responseOf(outcome);
  }
  const encoded = metrics.length === 0 ? undefined : encodeMetrics(metrics);
  if (encoded === undefined) return hecResponse('success');
  return responseOf(await targetOf('metrics').consume(encoded.bytes, encoded.itemCount));
}

function responseOf(outcome: Outcome): PushResponse {
  if (outcome.kind === 'retry') return hecResponse('busy');
  return outcome.kind === 'refused' ? hecResponse('format', { text: outcome.reason }) : hecResponse('success');
}

function unsupported({ logs, metrics }: ParsedEvents, signals: HecOptions['signals']): HecError | undefined {
  if (metrics.length > 0 && !signals.metrics) return { kind: 'noMetrics', event: 0 };
  return logs.length > 0 && !signals.logs ? { kind: 'noLogs', event: 0 } : undefined;
}

async function receiveRaw(
  text: string,
  { query }: PathRequest,
  target: IngestTarget,
  { splitting, hecMetadataToOtelAttrs }: HecOptions,
  { token, observedNanos }: EventDefaults,
): Promise<PushResponse> {
  const parameters = new URLSearchParams(query);
  const time = parameters.get('time') ?? '';
  if (time !== '' && !/^\d{1,10}$/.test(time)) return hecResponse('format', { text: 'time: expected seconds' });
  const resource: ValueMap = new Map();
  for (const name of METADATA) {
    const value = parameters.get(name) ?? '';
    if (value !== '') resource.set(hecMetadataToOtelAttrs[name], value);
  }
  if (token !== undefined) resource.set(TOKEN_ATTRIBUTE, token);
  const bodies = splitting === 'none' ? [text] : text.split(/\r?\n/).filter((line) => line !== '');
  const entries = bodies.map((body) => {
    const entry = new Entry(body, observedNanos);
    entry.resource = resource;
    if (time !== '') entry.timeNanos = BigInt(time) * 1_000_000_000n;
    return entry;
  });
  return responseOf(await target.consume(encodeEntries(entries), entries.length));
}

function tokenOf({ headers }: PathRequest, { accessTokenPassthrough }: HecOptions): string | undefined {
  if (!accessTokenPassthrough) return undefined;
  return /^Splunk (.+)$/.exec(headers.authorization ?? '')?.[1];
}

function nanosOf({ nowMillis }: HecOptions): bigint {
  return BigInt(Math.floor(nowMillis())) * 1_000_000n;
}
