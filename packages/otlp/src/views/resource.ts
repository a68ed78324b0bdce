import { findField, payloadEnd, payloadStart } from '../wire/find.ts';
import { readString } from '../wire/reader.ts';
import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';

/** Field numbers of `Resource`. */
export const RESOURCE_FIELDS = { attributes: 1, droppedAttributesCount: 2, entityRefs: 3 } as const;

/** Field number of the schema URL in the messages that group telemetry by resource and by scope. */
export const SCHEMA_URL_FIELD = 3;

/** What telemetry was produced by, such as a service on a host. */
export class ResourceView extends MessageView {
  readonly attributes: AttributesView = new AttributesView(this, RESOURCE_FIELDS.attributes);
  readonly #group: GroupRange = { bytes: new Uint8Array(), start: 0, end: 0 };

  /** Tells in which message, such as `ResourceSpans`, the resource lies: its schema URL is there. */
  inGroup(bytes: Uint8Array, start: number, end: number): this {
    setRange(this.#group, bytes, start, end);
    return this;
  }

  /** URL of the schema that the resource's attributes follow; empty when unknown. */
  get schemaUrl(): string {
    return schemaUrlOf(this.#group);
  }

  /** The attribute `service.name`, or `undefined`. */
  get serviceName(): string | undefined {
    const name = this.attributes.get('service.name');
    return typeof name === 'string' ? name : undefined;
  }

  get droppedAttributesCount(): number {
    return this.uint32(RESOURCE_FIELDS.droppedAttributesCount);
  }
}

/** The message that groups telemetry by resource or scope. Moved along with its view, hence mutable. */
export interface GroupRange {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Points a range at another message. */
export function setRange(range: GroupRange, bytes: Uint8Array, start: number, end: number): void {
  range.bytes = bytes;
  range.start = start;
  range.end = end;
}

/** The schema URL of a group. */
export function schemaUrlOf({ bytes, start, end }: GroupRange): string {
  const value = findField(bytes, start, end, SCHEMA_URL_FIELD);
  return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}
