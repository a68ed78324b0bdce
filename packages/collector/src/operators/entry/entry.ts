import { copyMap, copyValue, type Value, type ValueMap } from '../../ottl/values/value.ts';

/** A log record while operators process it. */
export class Entry {
  body: Value;
  attributes: ValueMap | undefined;
  resource: ValueMap | undefined;
  /** Time of the event, in nanoseconds since the epoch; `undefined` if no operator has set it. */
  timeNanos: bigint | undefined = undefined;
  readonly observedNanos: bigint;
  severityNumber = 0;
  severityText = '';
  traceId: Uint8Array | undefined = undefined;
  spanId: Uint8Array | undefined = undefined;
  traceFlags = 0;
  scopeName = '';
  /** Attributes of the scope, shared by its entries. */
  scopeAttributes: ValueMap | undefined = undefined;
  /** What the entry was read from, such as a file; `undefined` if it cannot be read again. */
  readonly source: object | undefined;
  /** Where the entry begins in its source. */
  readonly position: number;

  constructor(body: Value, observedNanos: bigint, source?: object, position = 0) {
    this.body = body;
    this.observedNanos = observedNanos;
    this.source = source;
    this.position = position;
  }

  /** Returns a copy that shares no map or list with the entry. */
  copy(): Entry {
    const copy = new Entry(copyValue(this.body), this.observedNanos, this.source, this.position);
    copy.attributes = this.attributes && copyMap(this.attributes);
    copy.resource = this.resource && copyMap(this.resource);
    copy.timeNanos = this.timeNanos;
    copy.severityNumber = this.severityNumber;
    copy.severityText = this.severityText;
    copy.traceId = this.traceId;
    copy.spanId = this.spanId;
    copy.traceFlags = this.traceFlags;
    copy.scopeName = this.scopeName;
    copy.scopeAttributes = this.scopeAttributes;
    return copy;
  }
}
