import { readSfixed64 } from '../wire/reader.ts';
import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';

/** Field numbers of `Exemplar`. */
export const EXEMPLAR_FIELDS = {
  timeUnixNano: 2,
  asDouble: 3,
  spanId: 4,
  traceId: 5,
  asInt: 6,
  filteredAttributes: 7,
} as const;

/** A view of a measurement that contributed to a data point, with its trace. */
export class ExemplarView extends MessageView {
  /** Attributes of the measurement that are not on the point. */
  readonly filteredAttributes: AttributesView = new AttributesView(this, EXEMPLAR_FIELDS.filteredAttributes);

  get timeUnixNano(): bigint {
    return this.fixed64(EXEMPLAR_FIELDS.timeUnixNano);
  }

  /** Measured value. Integers beyond ±(2^53 - 1) are `bigint`. */
  get value(): number | bigint | undefined {
    const double = this.double(EXEMPLAR_FIELDS.asDouble);
    if (double !== undefined) return double;
    const value = this.find(EXEMPLAR_FIELDS.asInt);
    if (value < 0) return undefined;
    const exact = readSfixed64(this.bytes, value);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }

  get traceId(): string {
    return this.hex(EXEMPLAR_FIELDS.traceId);
  }

  get traceIdBytes(): Uint8Array {
    return this.raw(EXEMPLAR_FIELDS.traceId);
  }

  get spanId(): string {
    return this.hex(EXEMPLAR_FIELDS.spanId);
  }

  get spanIdBytes(): Uint8Array {
    return this.raw(EXEMPLAR_FIELDS.spanId);
  }
}
