import type { AttributeLimits } from '../attributes/attribute-list.ts';

/**
 * Limits of a span. What exceeds them is dropped and counted in the span (OpenTelemetry specification, "Span Limits").
 */
export interface SpanLimits {
  /** Maximum number of attributes. Default 128. */
  readonly attributeCountLimit?: number;
  /** Maximum length of attribute strings. Longer ones are truncated. Default: no limit. */
  readonly attributeValueLengthLimit?: number;
  /** Maximum number of events; the oldest are dropped. Default 128. */
  readonly eventCountLimit?: number;
  /** Maximum number of links; the oldest are dropped. Default 128. */
  readonly linkCountLimit?: number;
  /** Maximum number of attributes of an event. Default 128. */
  readonly attributePerEventCountLimit?: number;
  /** Maximum number of attributes of a link. Default 128. */
  readonly attributePerLinkCountLimit?: number;
}

/** Limits with their defaults, as spans use them. */
export interface ResolvedSpanLimits {
  readonly attributes: AttributeLimits;
  readonly eventAttributes: AttributeLimits;
  readonly linkAttributes: AttributeLimits;
  readonly events: number;
  readonly links: number;
}

/** Returns the limits with defaults. */
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
