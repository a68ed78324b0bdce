import { findField, payloadEnd, payloadStart } from '../wire/find.ts';
import { readString } from '../wire/reader.ts';
import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';

/** Field numbers of `Resource`. */
export const RESOURCE_FIELDS = { attributes: 1, droppedAttributesCount: 2, entityRefs: 3 } as const;

/** Field number of the schema URL in the messages that group telemetry by resource and by scope. */
export const SCHEMA_URL_FIELD = 3;

/** A view of the entity that produced telemetry, such as a service on a host. */
export class ResourceView extends MessageView {
  readonly attributes: AttributesView = new AttributesView(this, RESOURCE_FIELDS.attributes);
  readonly #group: GroupRange = { bytes: new Uint8Array(), start: 0, end: 0 };

  /** Sets the message that contains the resource and its schema URL, such as `ResourceSpans`. */
  inGroup(bytes: Uint8Array, start: number, end: number): this {
    setRange(this.#group, bytes, start, end);
    return this;
  }

  /** Position of the message that contains the resource, which identifies it also if there is none. */
  get groupStart(): number {
    return this.#group.start;
  }

  /** Schema URL of the resource; empty if unknown. It is searched for behind all items. */
  get schemaUrl(): string {
    return schemaUrlOf(this.#group);
  }

  /** Value of the `service.name` attribute, or `undefined`. */
  get serviceName(): string | undefined {
    const name = this.attributes.get('service.name');
    return typeof name === 'string' ? name : undefined;
  }

  get droppedAttributesCount(): number {
    return this.uint32(RESOURCE_FIELDS.droppedAttributesCount);
  }
}

/** The message that groups telemetry by resource or scope. Mutable, because it moves with its view. */
export interface GroupRange {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Moves a range to another message. */
export function setRange(range: GroupRange, bytes: Uint8Array, start: number, end: number): void {
  range.bytes = bytes;
  range.start = start;
  range.end = end;
}

/** Returns the schema URL of a group. */
export function schemaUrlOf({ bytes, start, end }: GroupRange): string {
  const value = findField(bytes, start, end, SCHEMA_URL_FIELD);
  return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}
