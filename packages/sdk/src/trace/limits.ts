import type { AttributeLimits } from '../attributes/attribute-list.ts';

/**
 * Limits of a span. Data over a limit is dropped and counted in the span (OpenTelemetry specification, "Span Limits").
 */
export interface SpanLimits {
  /** Maximum number of attributes. Default 128. */
  readonly attributeCountLimit?: number;
  /** Maximum length of string attribute values, beyond which they are truncated. Default: no limit. */
  readonly attributeValueLengthLimit?: number;
  /** Maximum number of events, beyond which the oldest are dropped. Default 128. */
  readonly eventCountLimit?: number;
  /** Maximum number of links, beyond which the oldest are dropped. Default 128. */
  readonly linkCountLimit?: number;
  /** Maximum number of attributes per event. Default 128. */
  readonly attributePerEventCountLimit?: number;
  /** Maximum number of attributes per link. Default 128. */
  readonly attributePerLinkCountLimit?: number;
}

/** Limits with defaults applied. */
export interface ResolvedSpanLimits {
  readonly attributes: AttributeLimits;
  readonly eventAttributes: AttributeLimits;
  readonly linkAttributes: AttributeLimits;
  readonly events: number;
  readonly links: number;
}

/** Returns the limits with defaults applied. */
export function resolveSpanLimits(limits: SpanLimits = {}): ResolvedSpanLimits {
  const { attributeValueLengthLimit: maxValueLength = Number.POSITIVE_INFINITY } = limits;
  const of = (maxCount = DEFAULT_LIMIT): AttributeLimits => ({ maxCount, maxValueLength });
  return {
    attributes: of(limits.attributeCountLimit),
    eventAttributes: of(limits.attributePerEventCountLimit),
    linkAttributes: of(limits.attributePerLinkCountLimit),
    events: limits.eventCountLimit ?? DEFAULT_LIMIT,
    links: limits.linkCountLimit ?? DEFAULT_LIMIT,
  };
}

const DEFAULT_LIMIT = 128;
