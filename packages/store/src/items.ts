import type { Signal } from '@otelier/otlp';
import type { Condition } from './requests.ts';
import type { Attributes, RangeQuery } from './values.ts';

/**
 * A boolean combination of conditions on an item. A condition on a list always holds, because callers compare its
 * elements.
 */
export type ItemFilter =
  | { readonly kind: 'condition'; readonly condition: Condition }
  /** All filters must hold; without filters, it holds. */
  | { readonly kind: 'all'; readonly filters: readonly ItemFilter[] }
  /** One of the filters must hold; without filters, it does not hold. */
  | { readonly kind: 'any'; readonly filters: readonly ItemFilter[] }
  /** The filter must not hold. */
  | { readonly kind: 'not'; readonly filter: ItemFilter };

/** Selects log records. */
export interface SelectLogsQuery extends RangeQuery {
  readonly filter?: ItemFilter;
  /** Records with the same time are ordered by their contents. Without it, the order is undefined. */
  readonly order?: 'newest' | 'oldest';
}

/** A log record. Records of one query share the objects of equal resources. */
export interface SelectedLog {
  readonly time: bigint;
  readonly observedTime: bigint | undefined;
  readonly severityNumber: number;
  readonly severityText: string;
  /** The body as a string; a structured body is serialized as JSON. */
  readonly body: string;
  readonly service: string;
  readonly scopeName: string;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly eventName: string | undefined;
  readonly attributes: Attributes;
  readonly resourceAttributes: Attributes;
}

/** Properties of items by which they are counted. */
export type CountKey =
  | ('service' | 'name' | 'kind' | 'status')
  | ('severity' | 'severityText' | 'resource' | 'attributeKeys');

/** Counts items in equal steps of a range. */
export interface CountItemsQuery extends RangeQuery {
  readonly signal: Signal;
  readonly filter?: ItemFilter;
  readonly by: readonly CountKey[];
  readonly steps: number;
  /** Whether the sizes of the bodies of log records are added up. */
  readonly bodies?: boolean;
  /** Maximum number of results. A query with more has none. */
  readonly limit: number;
}

/** The number of items with the same properties in a step. Properties by which the query does not count are empty. */
export interface ItemCount {
  readonly step: number;
  readonly items: number;
  /** Size of the bodies in bytes of UTF-8. */
  readonly bodyBytes: number;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly statusCode: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly resourceAttributes: Attributes;
  /** The keys of the attributes of each item, in order. */
  readonly attributeKeys: readonly string[];
}

/** The number of calls from one service to another. */
export interface ServiceCalls {
  readonly caller: string;
  readonly called: string;
  readonly calls: number;
}

/** The parts of a store that select and count items. */
export interface ItemsCapability {
  /** Streams log records in parts of bounded size. */
  selectLogs(query: SelectLogsQuery): AsyncIterable<readonly SelectedLog[]>;
  /** Counts items. Results with equal properties may repeat. Returns `undefined` if there are more than the limit. */
  countItems(query: CountItemsQuery): Promise<readonly ItemCount[] | undefined>;
  /** Counts the spans in a range whose parent, in the same range, is of another service. */
  serviceCalls(query: RangeQuery): Promise<readonly ServiceCalls[]>;
}
