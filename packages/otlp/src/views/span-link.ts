import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';

/** Field numbers of `Span.Link`. */
export const SPAN_LINK_FIELDS = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  attributes: 4,
  droppedAttributesCount: 5,
  flags: 6,
} as const;

/** A view of a link to another span. */
export class SpanLinkView extends MessageView {
  readonly attributes: AttributesView = new AttributesView(this, SPAN_LINK_FIELDS.attributes);

  get traceId(): string {
    return this.hex(SPAN_LINK_FIELDS.traceId);
  }

  get traceIdBytes(): Uint8Array {
    return this.raw(SPAN_LINK_FIELDS.traceId);
  }

  get spanId(): string {
    return this.hex(SPAN_LINK_FIELDS.spanId);
  }

  get spanIdBytes(): Uint8Array {
    return this.raw(SPAN_LINK_FIELDS.spanId);
  }

  get traceState(): string {
    return this.text(SPAN_LINK_FIELDS.traceState);
  }

  get droppedAttributesCount(): number {
    return this.uint32(SPAN_LINK_FIELDS.droppedAttributesCount);
  }

  get flags(): number {
    return this.fixed32(SPAN_LINK_FIELDS.flags);
  }
}
