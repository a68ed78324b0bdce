/** A document of a bulk request. */
export interface BulkDocument {
  /** The lines of the request: the action and the document. */
  readonly lines: string;
  /** Number of items that the document contains: 0 for a span event, several for data points. */
  readonly itemCount: number;
}

/** Documents, and items that do not become one. */
export interface EncodedDocuments {
  readonly documents: readonly BulkDocument[];
  readonly rejectedItems: number;
  /** Why the first item was rejected. */
  readonly reason: string;
}
