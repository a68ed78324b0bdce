import {
  ACCEPTED,
  type BatchContext,
  DEFAULT_TENANT,
  type NormalizedRequest,
  normalizeQuickly,
  type Outcome,
  requestFromJson,
} from '@otelier/otlp';
import type { ExportHandler, ExportRequest } from '@otelier/transport';
import type { ComponentContext, Consumer, SignalConsumers } from './contract.ts';
import type { Lease } from './host.ts';
import { createNormalizeWorker, type NormalizeWorker } from './normalize-worker.ts';

/** What a receiver hands to its servers: it takes requests, makes batches of them, and hands those on. */
export interface IngestHandler extends ExportHandler {
  /** Lets go of what it shares with others. Requests must have ended. */
  close(): Promise<void>;
}

/**
 * Most that is read on the event loop, where every byte keeps everybody waiting: 25 ms at the worst that a sender can
 * think of (`worst-case.bench.ts` of otlp). What is larger goes by the slow lane.
 */
const QUICK_BYTES = {
  /** Canonical requests pass at 0.3 ns a byte, hostile ones at up to 10. */
  walked: 2 * 2 ** 20,
  /** Rewriting, and saying what is wrong, takes up to 150 ns a byte. */
  rewritten: 64 * 1024,
  json: 256 * 1024,
} as const;

/** Makes an intake for one server of a receiver. */
export function createIngestHandler(
  next: SignalConsumers,
  includeMetadata: boolean,
  { admission, clock, host }: ComponentContext,
): IngestHandler {
  let normalizer: Promise<Lease<NormalizeWorker>> | undefined;

  const forward = (consumer: Consumer, request: ExportRequest, normalized: NormalizedRequest) => {
    if (!normalized.ok) return { kind: 'refused', reason: normalized.reason } as const;
    const { bytes, itemCount } = normalized;
    // An empty request is valid, and there is nothing to hand on.
    if (itemCount === 0) return ACCEPTED;
    const context: BatchContext = {
      tenant: DEFAULT_TENANT,
      subject: request.subject,
      metadata: includeMetadata ? metadataOf(request.headers) : NO_METADATA,
      arrivalMillis: clock.now(),
    };
    const { signal } = request;
    // How many items there are is known only now; small ones in great number cost more than their bytes.
    const admitted = admission.admitItems(itemCount, bytes.length);
    if (admitted !== undefined && 'kind' in admitted) return admitted;
    const outcome = consumer.consume({ signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context });
    if (admitted === undefined) return outcome;
    if (outcome instanceof Promise) return outcome.finally(() => admitted.release());
    admitted.release();
    return outcome;
  };
  const exportSlowly = async (consumer: Consumer, request: ExportRequest): Promise<Outcome> => {
    normalizer ??= host.share('slow lane', async () => createNormalizeWorker());
    const { value } = await normalizer;
    return forward(consumer, request, await value.normalize(request.signal, request.encoding, request.body));
  };

  return {
    admit: (sizeBytes) => admission.admit(sizeBytes),
    incoming: admission.incoming,
    export(request) {
      const consumer = next[request.signal];
      if (!consumer) return { kind: 'refused', reason: `no pipeline takes ${request.signal} from this receiver` };
      const normalized = normalizeAtOnce(request);
      return normalized === undefined ? exportSlowly(consumer, request) : forward(consumer, request, normalized);
    },
    async close() {
      await (await normalizer)?.release();
    },
  };
}

function normalizeAtOnce({ signal, encoding, body }: ExportRequest): NormalizedRequest | undefined {
  if (encoding === 'json') return body.length > QUICK_BYTES.json ? undefined : requestFromJson(signal, body);
  return body.length > QUICK_BYTES.walked ? undefined : normalizeQuickly(signal, body, QUICK_BYTES.rewritten);
}

const NO_METADATA: BatchContext['metadata'] = Object.freeze({});

/** Metadata goes through queues and to disk, where no credential may go. */
const CREDENTIALS = /^(authorization|proxy-authorization|cookie|.*(api-?key|token|secret|password).*)$/;

function metadataOf(headers: ExportRequest['headers']): BatchContext['metadata'] {
  const metadata: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || CREDENTIALS.test(name)) continue;
    metadata[name] = typeof value === 'string' ? [value] : value;
  }
  return metadata;
}
