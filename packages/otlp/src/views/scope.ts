import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';
import { type GroupRange, schemaUrlOf, setRange } from './resource.ts';

/** Field numbers of `InstrumentationScope`. */
export const SCOPE_FIELDS = { name: 1, version: 2, attributes: 3, droppedAttributesCount: 4 } as const;

/** A view of the instrumentation scope, such as a library, that produced the telemetry. */
export class ScopeView extends MessageView {
  readonly attributes: AttributesView = new AttributesView(this, SCOPE_FIELDS.attributes);
  readonly #group: GroupRange = { bytes: new Uint8Array(), start: 0, end: 0 };

  /** Sets the message that contains the scope and its schema URL, such as `ScopeSpans`. */
  inGroup(bytes: Uint8Array, start: number, end: number): this {
    setRange(this.#group, bytes, start, end);
    return this;
  }

  /** Position of the message that contains the scope, which identifies it also if there is none. */
  get groupStart(): number {
    return this.#group.start;
  }

  /** Schema URL of the scope's telemetry; empty if unknown. It is searched for behind all items. */
  get schemaUrl(): string {
    return schemaUrlOf(this.#group);
  }

  get name(): string {
    return this.text(SCOPE_FIELDS.name);
  }

  set name(name: string) {
    this.setText(SCOPE_FIELDS.name, name);
  }

  get version(): string {
    return this.text(SCOPE_FIELDS.version);
  }

  set version(version: string) {
    this.setText(SCOPE_FIELDS.version, version);
  }

  get droppedAttributesCount(): number {
    return this.uint32(SCOPE_FIELDS.droppedAttributesCount);
  }
}
