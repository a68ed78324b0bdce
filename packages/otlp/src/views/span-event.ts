import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';

/** Field numbers of `Span.Event`. */
export const SPAN_EVENT_FIELDS = { timeUnixNano: 1, name: 2, attributes: 3, droppedAttributesCount: 4 } as const;

/** A view of an event during a span. */
export class SpanEventView extends MessageView {
  readonly attributes: AttributesView = new AttributesView(this, SPAN_EVENT_FIELDS.attributes);

  get timeUnixNano(): bigint {
    return this.fixed64(SPAN_EVENT_FIELDS.timeUnixNano);
  }

  get name(): string {
    return this.text(SPAN_EVENT_FIELDS.name);
  }

  get droppedAttributesCount(): number {
    return this.uint32(SPAN_EVENT_FIELDS.droppedAttributesCount);
  }
}
