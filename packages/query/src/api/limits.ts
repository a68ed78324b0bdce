/** API limits. Error messages name the limit that a request exceeds. */
export const LIMITS = {
  /** Maximum number of rows in a response. */
  rows: 5_000,
  /** Maximum number of rows in an SQL response; larger, because programs use SQL as well. */
  sqlRows: 100_000,
  /** Maximum number of steps in a series. */
  steps: 1_000,
  /** Maximum number of conditions in a request. */
  conditions: 32,
  /** Maximum number of facet fields in a request. */
  facetFields: 20,
  /** Maximum number of attributes of each trace in a search. */
  traceColumns: 6,
  /** Maximum number of labels to group series by. */
  groupKeys: 8,
  /** Maximum length of a parameter, in characters. */
  parameterLength: 4_096,
  /** Maximum length of an SQL statement, in characters. */
  statementLength: 100_000,
  /** Maximum size of a request body. */
  bodyBytes: 256 * 1024,
  /** Maximum length of a draft of the configuration, in characters. */
  draftLength: 200_000,
  /** Maximum length of a fragment that is inserted into a draft, in characters. */
  fragmentLength: 20_000,
  /** Maximum length of the name of who changes the configuration, in characters. */
  authorName: 64,
  /** Maximum duration of the observation of a dry run: less than that of a query. */
  dryRunSeconds: 15,
  /** Maximum length of a document's name, in characters. */
  documentName: 120,
  /** Maximum number of requests in a batch. */
  batchRequests: 32,
  /** Maximum number of concurrent queries. */
  runningQueries: 64,
  /** Maximum number of concurrent queries per client address. */
  clientQueries: 56,
  /** Duration from which a query is reported as slow. */
  slowQueryMillis: 2_000,
  /** Minimum interval between two reports of slow queries. */
  slowReportMillis: 10_000,
  /** Maximum duration of a query. */
  queryMillis: 30_000,
  /** Maximum duration of a profile: less than that of a query. */
  profileSeconds: 25,
  /** Maximum number of clients of each tenant per event stream. */
  streamClients: 32,
  /** Maximum number of concurrent exports of each tenant. */
  runningExports: 4,
  /** How long a client can stall before a new client may displace its stream or export. */
  streamYieldMillis: 2_000,
  /**
   * Age from which a stream can be ended in favor of a newer one from the same address. Programs on one machine, or
   * behind one proxy, share an address, and one that opens all streams must not lock out the others.
   */
  streamReplaceMillis: 2_000,
  /** How long a client can stall before its stream or export is ended. */
  streamStallMillis: 60_000,
  /** Maximum number of bytes queued per stream client. */
  streamQueueBytes: 512 * 1024,
  /** Maximum number of log records per second that the live tail decodes, for all clients together. */
  tailRecordsPerSecond: 20_000,
  /** Maximum number of log records per second that the live tail sends to a client. */
  shownRecordsPerSecond: 500,
} as const;
