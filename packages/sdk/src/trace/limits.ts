import type { AttributeLimits } from '../attributes/attribute-list.ts';

/** How much a span keeps; what is beyond is dropped and counted in the span (OpenTelemetry specification, "Span Limits"). */
export interface SpanLimits {
  /** Default 128. */
  readonly attributeCountLimit?: number;
  /** Longer strings are cut. No limit by default. */
  readonly attributeValueLengthLimit?: number;
  /** Default 128; the oldest are dropped. */
  readonly eventCountLimit?: number;
  /** Default 128; the oldest are dropped. */
  readonly linkCountLimit?: number;
  /** Default 128. */
  readonly attributePerEventCountLimit?: number;
  /** Default 128. */
  readonly attributePerLinkCountLimit?: number;
}

/** Limits with their defaults, in the form in which they are used. */
export interface ResolvedSpanLimits {
  readonly attributes: AttributeLimits;
  readonly eventAttributes: AttributeLimits;
  readonly linkAttributes: AttributeLimits;
  readonly events: number;
  readonly links: number;
}

/** Fills in the defaults. */
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
