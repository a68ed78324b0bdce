/** What the evaluation of a query read. */
export class Statistics {
  lines = 0;
  bytes = 0;
  metadataBytes = 0;
  /** Lines that passed the pipeline. */
  kept = 0;
}
