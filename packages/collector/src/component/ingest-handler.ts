import {
  ACCEPTED,
  type BatchContext,
  DEFAULT_TENANT,
  type NormalizedRequest,
  type Outcome,
  type Signal,
} from '@otelier/otlp';
import type { ExportHandler, ExportRequest } from '@otelier/transport';
import { type ComponentContext, type Consumer, type DropRule, passOwned, type SignalConsumers } from './contract.ts';
import { type NormalizeResult, Normalizer } from './normalize-worker/normalizer.ts';
import type { SenderObserver } from './observe/sender-observer.ts';
import { CREDENTIALS } from './requests/credentials.ts';
import { endWith } from './tracing/end-with.ts';

/** Converts the requests of a server to batches and forwards them to its pipelines. */
export interface IngestHandler extends ExportHandler {
  /** Releases shared resources. No request may be in flight. */
  close(): Promise<void>;
}

/** Creates the request handler for one server of a receiver. `senders` observes who sends. */
export function createIngestHandler(
  next: SignalConsumers,
  includeMetadata: boolean,
  { id, admission, clock, host, dropRule, tracer }: ComponentContext,
  senders?: SenderObserver,
): IngestHandler {
  const { tenants } = host;
  const normalizer = new Normalizer(host);
  const rules = new Map<Signal, DropRule>();
  /** Returns the rule that records requests for which there is no memory. */
  const refusedBy = (signal: Signal): DropRule => {
    const known = rules.get(signal);
    if (known !== undefined) return known;
    const rule = dropRule({ reason: 'memory_limit', rule: 'service.memory.limit', isReturned: true, signal });
    rules.set(signal, rule);
    return rule;
  };
  const forward = (
    consumer: Consumer,
    request: ExportRequest,
    normalized: NormalizedRequest,
    containerCount = 0,
  ): Outcome | Promise<Outcome> => {
    if (!normalized.ok) {
      senders?.invalid(request, normalized.reason);
      return { kind: 'refused', reason: normalized.reason } as const;
    }
    // An empty request is valid but has nothing to forward.
    if (normalized.itemCount === 0) return ACCEPTED;
    const tenant = request.tenant ?? DEFAULT_TENANT;
    tenants?.received(tenant, normalized.itemCount, normalized.bytes.length);
    const limited = tenants?.limitSeries(tenant, request.signal, normalized.bytes);
    if (limited === undefined) return forwardBytes(consumer, request, tenant, normalized, containerCount);
    const { bytes, kept: itemCount, dropped: rejectedItems, reason } = limited;
    const partial = { kind: 'partial', rejectedItems, reason } as const;
    if (bytes === undefined) return partial;
    const outcome = forwardBytes(consumer, request, tenant, { bytes, itemCount }, containerCount);
    return outcome instanceof Promise ? outcome.then((late) => combined(late, partial)) : combined(outcome, partial);
  };
  const forwardBytes = (
    consumer: Consumer,
    request: ExportRequest,
    tenant: string,
    { bytes, itemCount }: { readonly bytes: Uint8Array; readonly itemCount: number },
    containerCount: number,
  ): Outcome | Promise<Outcome> => {
    // Before the bytes are passed on together with their ownership.
    const arrival = senders?.arrived(request, bytes, itemCount);
    const span = tracer?.receive(id, request);
    const arrived: BatchContext = {
      tenant,
      subject: request.subject,
      metadata: includeMetadata ? metadataOf(request.headers) : NO_METADATA,
      arrivalMillis: clock.now(),
      peer: request.peer,
    };
    const context = span === undefined ? arrived : { ...arrived, trace: span.trace };
    const { signal } = request;
    // Many small items and empty containers use more memory than their bytes, and their number is not known before
    // decoding.
    const admitted = admission.admitItems(itemCount, bytes.length, containerCount);
    if (admitted !== undefined && 'kind' in admitted) {
      refusedBy(signal).parts([bytes], admitted.reason);
      if (arrival !== undefined) senders?.settled(arrival, admitted);
      span?.end(itemCount, admitted);
      return admitted;
    }
    const outcome = passOwned(consumer, { signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context });
    if (span !== undefined) endWith(span, itemCount, outcome);
    const settle = (late: Outcome): Outcome => {
      admitted?.release();
      if (arrival !== undefined) senders?.settled(arrival, late);
      return late;
    };
    if (!(outcome instanceof Promise)) return settle(outcome);
    return outcome.then(settle, (error: unknown) => {
      admitted?.release();
      throw error;
    });
  };
  const forwardLater = async (consumer: Consumer, request: ExportRequest, result: Promise<NormalizeResult>) => {
    const { normalized, containerCount } = await result;
    return forward(consumer, request, normalized, containerCount);
  };

  const handle = (request: ExportRequest): Outcome | Promise<Outcome> => {
    const consumer = next[request.signal];
    if (!consumer) return { kind: 'refused', reason: `no ${request.signal} pipeline has this receiver` };
    const result = normalizer.normalize(request.signal, request.encoding, request.body);
    return result instanceof Promise
      ? forwardLater(consumer, request, result)
      : forward(consumer, request, result.normalized);
  };

  return {
    admit: (sizeBytes) => admission.admit(sizeBytes),
    incoming: admission.incoming,
    export: (request) => (tenants === undefined ? handle(request) : tenants.process(request, handle)),
    close: () => normalizer.close(),
  };
}

/** Returns the outcome of a request of which a limit has rejected a part before. */
function combined(outcome: Outcome, limited: Extract<Outcome, { kind: 'partial' }>): Outcome {
  if (outcome.kind === 'accepted') return limited;
  if (outcome.kind !== 'partial') return outcome;
  const rejectedItems = outcome.rejectedItems + limited.rejectedItems;
  return { kind: 'partial', rejectedItems, reason: `${outcome.reason}; ${limited.reason}` };
}

const NO_METADATA: BatchContext['metadata'] = Object.freeze({});

function metadataOf(headers: ExportRequest['headers']): BatchContext['metadata'] {
  const metadata: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || CREDENTIALS.test(name)) continue;
    metadata[name] = typeof value === 'string' ? [value] : value;
  }
  return metadata;
}
