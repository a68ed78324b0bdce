/** An error in a query. */
export interface EditorMark {
  readonly offset: number;
  readonly message: string;
}

/** The time range whose names and values are completed. */
export interface CompletionRange {
  readonly startMillis: number;
  readonly endMillis: number;
}
