import {
  ACCEPTED,
  type BatchContext,
  DEFAULT_TENANT,
  type NormalizedRequest,
  normalizeQuickly,
  type Outcome,
  requestFromJson,
  type Signal,
} from '@otelier/otlp';
import type { ExportHandler, ExportRequest } from '@otelier/transport';
import { type ComponentContext, type Consumer, type DropRule, passOwned, type SignalConsumers } from './contract.ts';
import type { Lease } from './host.ts';
import { createNormalizeWorker, type NormalizeWorker } from './normalize-worker.ts';
import { endWith } from './tracing/end-with.ts';

/** Converts the requests of a server to batches and forwards them to its pipelines. */
export interface IngestHandler extends ExportHandler {
  /** Releases shared resources. No request may be in flight. */
  close(): Promise<void>;
}

/**
 * Maximum sizes of requests handled on the event loop, which even hostile requests block for at most 25 ms
 * (`worst-case.bench.ts` in otlp). Larger requests are normalized in a worker thread.
 */
const QUICK_BYTES = {
  /** Canonical requests take 0.3 ns per byte, hostile ones up to 10 ns. */
  walked: 2 * 2 ** 20,
  /** Rewriting a request, or describing its errors, takes up to 150 ns per byte. */
  rewritten: 64 * 1024,
  json: 256 * 1024,
} as const;

/** Creates the request handler for one server of a receiver. */
export function createIngestHandler(
  next: SignalConsumers,
  includeMetadata: boolean,
  { id, admission, clock, host, dropRule, tracer }: ComponentContext,
): IngestHandler {
  let normalizer: Promise<Lease<NormalizeWorker>> | undefined;

  const rules = new Map<Signal, DropRule>();
  /** Returns the rule that records requests for which there is no memory. */
  const refusedBy = (signal: Signal): DropRule => {
    const known = rules.get(signal);
    if (known !== undefined) return known;
    const rule = dropRule({ reason: 'memory_limit', rule: 'service.memory.limit', isReturned: true, signal });
    rules.set(signal, rule);
    return rule;
  };
  const forward = (consumer: Consumer, request: ExportRequest, normalized: NormalizedRequest, containerCount = 0) => {
    if (!normalized.ok) return { kind: 'refused', reason: normalized.reason } as const;
    const { bytes, itemCount } = normalized;
    // An empty request is valid but has nothing to forward.
    if (itemCount === 0) return ACCEPTED;
    const span = tracer?.receive(id, request);
    const arrived: BatchContext = {
      tenant: DEFAULT_TENANT,
      subject: request.subject,
      metadata: includeMetadata ? metadataOf(request.headers) : NO_METADATA,
      arrivalMillis: clock.now(),
    };
    const context = span === undefined ? arrived : { ...arrived, trace: span.trace };
    const { signal } = request;
    // Many small items and empty containers use more memory than their bytes, and their number is not known before
    // decoding.
    const admitted = admission.admitItems(itemCount, bytes.length, containerCount);
    if (admitted !== undefined && 'kind' in admitted) {
      refusedBy(signal).parts([bytes], admitted.reason);
      span?.end(itemCount, admitted);
      return admitted;
    }
    const outcome = passOwned(consumer, { signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context });
    if (span !== undefined) endWith(span, itemCount, outcome);
    if (admitted === undefined) return outcome;
    if (outcome instanceof Promise) return outcome.finally(() => admitted.release());
    admitted.release();
    return outcome;
  };
  const normalizeInWorker = async (consumer: Consumer, request: ExportRequest): Promise<Outcome> => {
    normalizer ??= host.share('normalize worker', async () => createNormalizeWorker());
    const { value } = await normalizer;
    const { normalized, containerCount } = await value.normalize(request.signal, request.encoding, request.body);
    return forward(consumer, request, normalized, containerCount);
  };

  return {
    admit: (sizeBytes) => admission.admit(sizeBytes),
    incoming: admission.incoming,
    export(request) {
      const consumer = next[request.signal];
      if (!consumer) return { kind: 'refused', reason: `no ${request.signal} pipeline has this receiver` };
      const normalized = normalizeOnEventLoop(request);
      return normalized === undefined ? normalizeInWorker(consumer, request) : forward(consumer, request, normalized);
    },
    async close() {
      await (await normalizer)?.release();
    },
  };
}

function normalizeOnEventLoop({ signal, encoding, body }: ExportRequest): NormalizedRequest | undefined {
  if (encoding === 'json') return body.length > QUICK_BYTES.json ? undefined : requestFromJson(signal, body);
  return body.length > QUICK_BYTES.walked ? undefined : normalizeQuickly(signal, body, QUICK_BYTES.rewritten);
}

const NO_METADATA: BatchContext['metadata'] = Object.freeze({});

/** Matches headers that carry credentials, which must not reach queues or disks. */
const CREDENTIALS = /^(authorization|proxy-authorization|cookie|.*(api-?key|token|secret|password).*)$/;

function metadataOf(headers: ExportRequest['headers']): BatchContext['metadata'] {
  const metadata: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || CREDENTIALS.test(name)) continue;
    metadata[name] = typeof value === 'string' ? [value] : value;
  }
  return metadata;
}
