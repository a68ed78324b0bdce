/** Where a retired word must not occur. */
export type Scope = 'identifiers' | 'prose' | 'paths';

/** A word that this project does not use, and its replacement. */
export interface RetiredWord {
  /** A regular expression. In identifiers, it is matched against the lower-cased camelCase parts, joined by spaces. */
  readonly pattern: string;
  readonly use: string;
  /** Defaults to identifiers, prose and paths. */
  readonly scopes?: readonly Scope[];
  /** Paths (relative to the root) to which the entry applies. Defaults to all. */
  readonly only?: string;
  /** Paths in which the word is a standard term. */
  readonly except?: string;
  /** A regular expression for phrases in which the word is a standard term. */
  readonly allowed?: string;
}

/** The words retired by `docs/glossary.md`. */
export const RETIRED_WORDS: readonly RetiredWord[] = [
  { pattern: 'answer(s|ed|ing)?', use: 'response, respond, return; reply for messages between threads' },
  { pattern: 'doors?', use: 'entry point, public API, HttpRequestHandler' },
  { pattern: 'lanes?', use: 'ScopeBuffer, NormalizeWorker, row' },
  { pattern: 'crews?|muster(s|ed)?', use: 'WorkerPool, createWorkerPool' },
  {
    pattern: 'members?',
    use: 'WorkerHandle, worker',
    scopes: ['identifiers', 'paths'],
    only: 'collector/src/workers/',
  },
  { pattern: 'meets|meeting', use: 'partitionBy', scopes: ['identifiers'] },
  { pattern: 'strangers?', use: 'non-gRPC client, unknown client' },
  { pattern: 'complaints?', use: 'ErrorReporter, error report' },
  { pattern: 'consignments?', use: 'PendingRequest' },
  { pattern: 'rooms?', use: 'capacity, space' },
  { pattern: 'policing', use: 'FloodGuard' },
  { pattern: 'until calm|until room', use: 'whenBelowHighWaterMark, whenWritable', scopes: ['identifiers'] },
  { pattern: 'hand(s|ed|ing)? on', use: 'forward, pass' },
  { pattern: 'hand(s|ed|ing)?[ -]over', use: 'transfer, pass' },
  {
    pattern: 'figures?',
    except: '\\.css$',
    use: 'stats, metrics, numbers, measurements',
    allowed: '</?figure>|figure \\{|figure, \\.scroll',
  },
  { pattern: 'folders?', use: 'directory' },
  {
    pattern: 'words?',
    use: 'message, args',
    scopes: ['identifiers'],
    except: '(store|otlp|transport)/src/|tools/check/|dashboard/src/|parse/grok',
  },
  { pattern: 'otherwise', use: 'fallback, default', scopes: ['identifiers'] },
  {
    pattern: '(?<!at )(most|least)\\b.*',
    use: 'max, min',
    scopes: ['identifiers'],
    // An option of the Collector.
    allowed: 'least backup',
  },
  {
    pattern: 'faults?|flaws?|refusals?|troubles?',
    use: 'ConfigError (what a user wrote), Rejection (what a peer sent), error',
    // Page faults are a term of the kernel, and of the metrics about it.
    except: 'receivers/(host_metrics|mongodb|docker_stats|kubelet_stats)',
  },
  {
    pattern: 'problems?',
    use: 'ConfigError, Rejection, error',
    scopes: ['identifiers', 'paths'],
    except:
      'query/src/|alerting/src/|dashboard/|store/src/|testkit/src/(memory-api|component-bench)|collector/src/(graph|workers|doctor|extensions/opamp|cli/(graph|top|doctor))/',
    allowed: 'api problem|problem details',
  },
  { pattern: 'mend(s|ed|ing)?', use: 'fix, repair' },
  { pattern: 'judg(e|es|ed|ing)', use: 'check, evaluate, verify' },
  { pattern: 'look(s|ed|ing)? at', use: 'check, inspect, read', scopes: ['prose'] },
  { pattern: 'the fence', use: 'performance-critical modules', scopes: ['prose'] },
  {
    pattern: 'intakes?',
    use: 'RequestHandler, ingest',
    // A path of Datadog's API, and an option of the Collector.
    except: 'receivers/datadog|guide/datadog|docs/reference/components',
  },
  {
    pattern: 'links?|traffic',
    use: 'WorkerChannel, WorkerStats',
    scopes: ['identifiers', 'paths'],
    only: 'collector/src/workers/',
  },
  { pattern: 'origins?', use: 'PendingBatch', scopes: ['identifiers'], only: 'collector/src/processors/batch' },
  { pattern: 'shall', use: 'the present tense' },
  { pattern: 'whoever|nobody', use: 'name who: callers, no client, none' },
  { pattern: 'lends?|lent', use: 'lease, pass' },
  { pattern: '(come|comes|came) again|want of', use: 'retry, reconnect; no', scopes: ['prose'] },
];
