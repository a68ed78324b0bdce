import type { Batch } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport/clock';
import type { TextSocket } from '@otelier/transport/text-socket';
import type { DoctorReport, PipelineGraph, Status } from '../api/api.ts';
import type { FindIngestTarget } from '../api/ingest.ts';
import type { ComplianceView } from '../compliance/view.ts';
import type { RunProcessor } from '../cost/preview.ts';
import type {
  ConfigurationEditor,
  Documents,
  EndpointContext,
  Notifications,
  PipelineInspector,
  Profiler,
  ReloadableConfiguration,
  TenantsView,
} from '../endpoints/endpoint.ts';
import type { RulesView } from '../prometheus/api/rules-view.ts';
import type { FindSensitive } from '../redaction/find-sensitive.ts';
import type { StreamFailure } from '../streams/text-streams.ts';
import type { Route } from './access/routes.ts';
import type { SlowQuery } from './query-limiter.ts';
import type { ConnectionInfo, SecurityOptions } from './security.ts';

/** Options for `createApi`. */
export interface ApiOptions extends SecurityOptions {
  /** Returns the store to query, or `undefined` if there is none. Called for every request. */
  readonly store: () => Store | undefined;
  /** Whether the process is starting, so that there is no store yet. */
  readonly isStarting?: () => boolean;
  readonly graph: () => PipelineGraph | Promise<PipelineGraph>;
  readonly status: () => Status | Promise<Status>;
  /** Subscribes to all log batches until the returned function is called. The listener never throws. */
  readonly subscribeLogs: (listener: (batch: Batch) => void) => () => void;
  /** The configuration of the process, which can be reloaded. */
  readonly configuration?: ReloadableConfiguration | undefined;
  /** Changes the configuration of the process. */
  readonly editor?: ConfigurationEditor | undefined;
  /** Keeps what the page saves. Called for every request, because it may follow the store. */
  readonly documents?: () => Documents | undefined;
  /** Explains what the running pipeline does. */
  readonly inspector?: PipelineInspector | undefined;
  /** Finds the pipeline for telemetry that the API receives. Without it, the API receives none. */
  readonly ingest?: FindIngestTarget | undefined;
  /** Checks the process. Observes counters and telemetry for some time. */
  readonly diagnose?: ((observedMillis: number) => Promise<DoctorReport>) | undefined;
  /** Lists the certificates of the process, with the paths of their files. */
  readonly listCertificates?: EndpointContext['listCertificates'];
  readonly profiler?: Profiler | undefined;
  /** The tenants of the process: their limits, what they use, and their removal. */
  readonly tenants?: TenantsView | undefined;
  /** What the process does for data protection, loaded with the first call. */
  readonly compliance?: (() => Promise<ComplianceView>) | undefined;
  /** What alerts are sent to receivers, and Alertmanager's API over it. Called for every request, because it may be replaced. */
  readonly notifications?: () => Notifications | undefined;
  /** Returns how the service level objectives are met. */
  readonly slos?: EndpointContext['slos'];
  readonly tryRules?: EndpointContext['tryRules'];
  /** Returns the rules that the process evaluates, if it does. Called for every request. */
  readonly rules?: () => RulesView | undefined;
  /** Passes requests to a processor, to preview a rule. */
  readonly runProcessor?: RunProcessor | undefined;
  /** Searches requests for sensitive values. */
  readonly findSensitive?: FindSensitive | undefined;
  /** Returns the process's own statistics over time. */
  readonly past?: EndpointContext['past'];
  readonly clock?: Clock;
  /** Directory of the built dashboard page. Without it, visitors see build instructions. */
  readonly pageDirectory?: string | undefined;
  /**
   * Called with internal errors. Clients receive only a generic message. By default, errors are logged to standard
   * error.
   */
  readonly onError?: (error: unknown, during: string) => void;
  /** Called with queries that took long, at most once in ten seconds. */
  readonly onSlowQuery?: (query: SlowQuery) => void;
  /** Called once for each export or trace whose response ended early. By default, `onError` is called. */
  readonly onStreamFailure?: (failure: StreamFailure) => void;
}

/** The API and the page as a function that maps requests to responses. */
export interface Api {
  /** Whether requests require credentials. */
  readonly authenticated: boolean;
  /** The routes, each with the permission that callers need. */
  readonly routes: readonly Route[];
  /** Handles a request. Never rejects. */
  fetch(request: Request, connection?: ConnectionInfo): Promise<Response>;
  /** Handles a request for a WebSocket: returns what serves it, or the response if it is rejected. Never rejects. */
  upgrade(request: Request, connection: ConnectionInfo): Promise<((socket: TextSocket) => void) | Response>;
  /** Ends all event streams and rejects new ones. Idempotent. */
  close(): void;
  /** Fails all running queries with `unavailable`. */
  abandon(): void;
}
