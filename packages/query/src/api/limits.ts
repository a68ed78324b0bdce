/** Bounds of the API. What exceeds one is refused with its number in the message. */
export const LIMITS = {
  /** Rows of one answer. */
  rows: 5_000,
  /** Rows of an answer to SQL, which programs ask for too. */
  sqlRows: 100_000,
  /** Steps of a series. */
  steps: 1_000,
  /** Conditions of one request. */
  conditions: 32,
  /** Fields whose values one request asks for. */
  facetFields: 20,
  /** Labels that series are grouped by. */
  groupKeys: 8,
  /** Length of a parameter, in characters. */
  parameterLength: 4_096,
  /** Length of an SQL statement, in characters. */
  statementLength: 100_000,
  /** Body of a request. */
  bodyBytes: 256 * 1024,
  /** Queries that run at the same time. */
  runningQueries: 64,
  /** How long a query may take. */
  queryMillis: 30_000,
  /** Clients of each stream of events. */
  streamClients: 32,
  /** Exports that run at the same time. */
  runningExports: 4,
  /** A client that has not read for so long loses its stream or export to a new one. */
  streamYieldMillis: 2_000,
  /** A client that has not read for so long loses its stream or export. */
  streamStallMillis: 60_000,
  /** What waits for a client of a stream that reads slowly. */
  streamQueueBytes: 512 * 1024,
  /** Log records a second that live tail looks at, for all clients together. */
  tailRecordsPerSecond: 20_000,
  /** Log records a second that one client of live tail is shown. */
  shownRecordsPerSecond: 500,
} as const;
