import {
  ACCEPTED,
  type BatchContext,
  DEFAULT_TENANT,
  normalizeRequest,
  type Outcome,
  requestFromJson,
  type Signal,
} from '@otelier/otlp';
import type { ExportHandler, ExportRequest } from '@otelier/transport';
import { ACCEPTED_NOW, type ComponentContext, type Consumer } from '../../component/contract.ts';

/** Takes requests from a server, makes batches of them, and hands those on. */
export function createIntake(
  next: Partial<Readonly<Record<Signal, Consumer>>>,
  includeMetadata: boolean,
  { admission, clock }: ComponentContext,
): ExportHandler {
  return {
    admit: (sizeBytes) => admission.admit(sizeBytes),
    export(request): Outcome | Promise<Outcome> {
      const { signal, encoding, body, headers, subject } = request;
      const consumer = next[signal];
      if (!consumer)
        return { kind: 'refused', reason: `no pipeline takes ${signal} from this receiver` };
      const normalized = encoding === 'json' ? requestFromJson(signal, body) : normalizeRequest(signal, body);
      if (!normalized.ok) return { kind: 'refused', reason: normalized.reason };
      // An empty request is valid, and there is nothing to hand on.
      if (normalized.itemCount === 0) return ACCEPTED;
      const context: BatchContext = {
        tenant: DEFAULT_TENANT,
        subject,
        metadata: includeMetadata ? metadataOf(headers) : NO_METADATA,
        arrivalMillis: clock.now(),
      };
      const { bytes, itemCount } = normalized;
      const taken = consumer.consume({ signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context });
      return taken === ACCEPTED_NOW ? ACCEPTED : taken;
    },
  };
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
