import type {
  AttributeValue,
  DataPointView,
  LogRecordView,
  MetricView,
  ResourceView,
  ScopeView,
  SpanView,
} from '@otelier/otlp';
import type { AttributeName } from './attribute-names.generated.ts';

/** The name of an attribute: editors suggest those of the semantic conventions, and any other is accepted. */
export type AnyAttributeName = AttributeName | (string & {});

/** Attributes that can be read. Only the values that are read are decoded. */
export interface ReadonlyAttributes extends Iterable<readonly [string, AttributeValue]> {
  /** Number of attributes. */
  readonly size: number;
  /** Returns the value of an attribute, or `undefined` if it is missing or empty. */
  get(name: AnyAttributeName): AttributeValue;
  /** Reports whether the attribute exists. */
  has(name: AnyAttributeName): boolean;
  /** Returns the decoded names and values in order. */
  entries(): (readonly [string, AttributeValue])[];
  /** Returns all attributes as a plain object. */
  toObject(): Record<string, AttributeValue>;
}

/** Attributes that can be changed. */
export interface EditableAttributes extends ReadonlyAttributes {
  /** Sets an attribute, at its current position if it exists, otherwise as the last one. */
  set(name: AnyAttributeName, value: AttributeValue): EditableAttributes;
  /** Deletes an attribute and reports whether it existed. */
  delete(name: AnyAttributeName): boolean;
}

/** A view without what only the program uses: its bytes and its position. */
type Fields<View> = Omit<
  View,
  | 'attributes'
  | 'metadata'
  | 'resource'
  | 'scope'
  | 'bytes'
  | 'start'
  | 'end'
  | 'changed'
  | 'reset'
  | 'edit'
  | 'inGroup'
  | 'ofKind'
>;

/** The properties of a view that can be read. */
type ReadFields<View> = Readonly<Omit<Fields<View>, 'setStatus' | 'filterEvents'>>;

/** The entity that produced telemetry, such as a service on a host. */
export interface Resource extends ReadFields<ResourceView> {
  readonly attributes: ReadonlyAttributes;
}

/** The instrumentation that produced telemetry, such as a library. */
export interface Scope extends ReadFields<ScopeView> {
  readonly attributes: ReadonlyAttributes;
}

/** What all items have. */
interface Owned {
  readonly resource: Resource;
  readonly scope: Scope;
}

/** A span that can be read. IDs are lower-case hexadecimal, times are nanoseconds since the Unix epoch. */
export interface Span extends ReadFields<SpanView>, Owned {
  readonly attributes: ReadonlyAttributes;
}

/** A span that can be changed. Its resource and scope are read-only, because other spans share them. */
export interface EditableSpan extends Fields<SpanView>, Owned {
  readonly attributes: EditableAttributes;
}

/** A log record that can be read. */
export interface LogRecord extends ReadFields<LogRecordView>, Owned {
  readonly attributes: ReadonlyAttributes;
}

/** A log record that can be changed. */
export interface EditableLogRecord extends Fields<LogRecordView>, Owned {
  readonly attributes: EditableAttributes;
}

/** A data point that can be read. */
export interface DataPoint extends ReadFields<DataPointView> {
  readonly attributes: ReadonlyAttributes;
}

/** A data point whose attributes can be changed. */
export interface EditableDataPoint extends ReadFields<DataPointView> {
  readonly attributes: EditableAttributes;
}

/** The metric of a data point. */
export interface Metric extends ReadFields<MetricView>, Owned {
  readonly metadata: ReadonlyAttributes;
}
