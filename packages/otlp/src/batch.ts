import type { Signal } from './signals.ts';

/**
 * Metadata of a batch, separate from its telemetry. It is stored in queues and on disk, so it never contains secrets.
 */
export interface BatchContext {
  /** Tenant that owns the telemetry; `'default'` when none was specified. */
  readonly tenant: string;
  /** Authenticated sender; `undefined` without authentication. */
  readonly subject: string | undefined;
  /** Request headers that the receiver is configured to retain (`include_metadata`), with lower-case names. */
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** Arrival time of the (oldest) request, in milliseconds since the Unix epoch. */
  readonly arrivalMillis: number;
  /** Remote address of the connection, without port. Not for merged batches of several, and it is not stored on disk. */
  readonly peer?: string | undefined;
  /** The traces of the process itself that the batch belongs to. Only if the process traces its own work. */
  readonly trace?: BatchTrace | undefined;
}

/** The identity of a span of the process itself, or of the client that sent a batch. */
export interface SpanIdentity {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
  /** W3C `tracestate` of the trace. */
  readonly traceState?: string | undefined;
}

/** The place of a batch in the traces of the process itself. It is not stored on disk. */
export interface BatchTrace {
  /** The span that processes the batch. None for merged batches. */
  readonly span?: SpanIdentity | undefined;
  /** The spans of the batches that were merged. */
  readonly links?: readonly SpanIdentity[] | undefined;
  /** Request headers that propagate the span to a destination. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the batch has only telemetry that this process sent to itself, which is not traced. */
  readonly isOwn?: boolean | undefined;
}

/** Maximum number of spans that a merged batch links to, as in the default limits of the SDKs. */
const MAX_LINKS = 128;

/** Returns the trace of a batch that is merged from two. */
export function mergeTraces(a: BatchTrace | undefined, b: BatchTrace | undefined): BatchTrace | undefined {
  if (a === b) return a;
  if (a?.isOwn && b?.isOwn) return a;
  const links = [...linksOf(a), ...linksOf(b)];
  return links.length === 0 ? undefined : { links: links.slice(0, MAX_LINKS) };
}

function linksOf(trace: BatchTrace | undefined): readonly SpanIdentity[] {
  return trace?.links ?? (trace?.span === undefined ? [] : [trace.span]);
}

/**
 * Telemetry of one signal in a pipeline. A batch and the bytes of its parts are immutable: fan-out shares them, merging
 * appends parts, and components must not copy or modify them.
 */
export interface Batch {
  readonly signal: Signal;
  /**
   * Byte arrays, each a valid and canonical export request. For `mergeable` signals, their concatenation is also one.
   * Each array owns its memory, which is at most a quarter larger: a slice of a larger buffer would retain all of it
   * outside the memory budget.
   */
  readonly parts: readonly Uint8Array[];
  /** Number of spans, log records, data points or profiles in all parts. */
  readonly itemCount: number;
  /** Total size of the parts, in bytes. */
  readonly sizeBytes: number;
  readonly context: BatchContext;
}

/** Returns the context for telemetry without a sender, such as the program's own. */
export function localContext(arrivalMillis: number): BatchContext {
  return { tenant: DEFAULT_TENANT, subject: undefined, metadata: {}, arrivalMillis };
}

/** The tenant of telemetry that does not specify one. */
export const DEFAULT_TENANT = 'default';

/** Describes valid names of tenants, for errors. */
export const TENANT_NAME_RULE = '1 to 63 characters of a-z, 0-9, "-" and "_", beginning with a letter or digit';

/** Reports whether a text is a valid name of a tenant. Such a name is also a safe name of a directory. */
export function isTenantName(name: string): boolean {
  return TENANT_NAME.test(name);
}

const TENANT_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
