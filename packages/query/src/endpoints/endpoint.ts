import type { z } from '@hono/zod-openapi';
import type { Access, Administration, CallerRequest, TenantChange, TenantLimits } from '@otelier/identity';
import type { Store } from '@otelier/store';
import type { DeliveriesReport } from '../api/alerting/deliveries.ts';
import type {
  AppliedReport,
  CertificatesResponse,
  Configuration,
  ConfigurationText,
  DeepReadonly,
  DoctorReport,
  DocumentEntry,
  DocumentResponse,
  DraftReport,
  DryRunReport,
  FlameProfile,
  InsertedProcessor,
  PipelineGraph,
  PipelineLedger,
  ProcessHistory,
  ProfileReport,
  ReloadReport,
  RemovalProof,
  RevisionText,
  RuleTrial,
  SavedDocument,
  SendersReport,
  Slo,
  Status,
  TapCounts,
  TappedItem,
  Tenant,
  TenantUsage,
  TraceDrops,
} from '../api/api.ts';
import type { JsonText } from '../api/json.ts';
import type { ComplianceView } from '../compliance/view.ts';
import type { RunProcessor } from '../cost/preview.ts';
import type { FindSensitive } from '../redaction/find-sensitive.ts';
import type { RoutePermission, RouteScope } from '../request/permission.ts';
import type { TextStreams } from '../streams/text-streams.ts';

/** The configuration of the process. */
export interface ReloadableConfiguration {
  reload(request: { readonly trigger: 'api'; readonly dryRun: boolean }): Promise<ReloadReport>;
  readonly last: Configuration['lastReload'];
}

/** A changed text of the configuration, and the revision whose text it was. */
export interface Draft {
  readonly text: string;
  readonly base: number;
}

/** Who changes the configuration, and the revision that runs as far as they know. */
export interface Edit {
  readonly revision: number;
  readonly by: string;
  /** Address of the client. */
  readonly client: string;
}

/**
 * Changes the configuration of the process. Methods reject with a `RevisionConflictError` if someone else has changed it,
 * and with a `ReadOnlyConfigurationError` if it cannot be changed.
 */
export interface ConfigurationEditor {
  read(): Promise<ConfigurationText>;
  revision(revision: number): Promise<RevisionText | undefined>;
  /** Validates a draft. Changes nothing. */
  check(draft: Draft): Promise<DraftReport>;
  /** Compares a draft with what runs, on telemetry that is observed for some time. Changes and sends nothing. */
  dryRun(draft: Draft, observedMillis: number, signal: AbortSignal): Promise<DryRunReport>;
  /** Inserts a processor into a text and its pipelines of a signal. Rejects with a `DraftError` if the text cannot contain it. */
  insert(request: {
    readonly text: string;
    readonly signal: string;
    /** A fragment of a configuration with only the processor. */
    readonly configuration: string;
  }): Promise<InsertedProcessor>;
  apply(edit: Draft & Edit): Promise<AppliedReport>;
  rollBack(edit: Edit & { readonly to: number }): Promise<AppliedReport>;
}

/** What a tap shows. */
export interface TapRequest {
  /** An edge, or a component whose input is shown. */
  readonly at: string;
  /** An OTTL condition. */
  readonly where: string | undefined;
  readonly ratePerSecond: number;
  /** Number of items after which nothing more is shown. */
  readonly limit: number | undefined;
  /** The tenant whose items are shown. Default: all. */
  readonly tenant?: string | undefined;
  /** Names in keys of attributes whose values are masked, besides the default ones. */
  readonly mask: readonly string[];
  readonly isMasked: boolean;
  /** Address of the client. */
  readonly client: string;
}

/** What a tap of single items shows: those of edges of one signal, each compared with what it was before. */
export interface ItemTapRequest extends Omit<TapRequest, 'at' | 'limit'> {
  readonly edges: readonly string[];
  /** Only one item in this number is taken. */
  readonly every: number;
}

/** Receives what a tap of single items shows. Its methods do not throw. */
export interface ItemTapListener {
  item(item: TappedItem): void;
  /** Takes the counts since the tap was opened, about once per second. */
  counts(counts: TapCounts): void;
  /** Ends the tap. */
  failed(message: string, cause: unknown): void;
}

/** Receives what a tap shows. Its methods do not throw. */
export interface TapListener {
  /** Takes requests in OTLP/JSON. */
  items(requests: readonly { readonly signal: string; readonly itemCount: number; readonly request: object }[]): void;
  /** Counts items that are not shown because of the rate. */
  skipped(itemCount: number): void;
  /** Ends the tap. */
  failed(message: string, cause: unknown): void;
}

/** A tap, or why it cannot be opened. */
export type OpenedTap = { readonly kind: 'open'; stop(): void } | { readonly kind: 'invalid'; readonly reason: string };

/** Explains what the running pipeline does with telemetry. */
export interface PipelineInspector {
  /** Returns the ledger of all components, at one moment in each thread. */
  ledger(): Promise<PipelineLedger>;
  /** Returns where a trace was dropped, from the samples of all threads. */
  drops(traceId: string): Promise<TraceDrops>;
  /** Returns who sends, as observed by all threads. */
  senders(): Promise<SendersReport>;
  /** Shows the items that pass a point of the pipelines. */
  tap(request: TapRequest, listener: TapListener): OpenedTap;
  /** Shows single items that pass edges, and what the component before them changed. */
  tapItems(request: ItemTapRequest, listener: ItemTapListener): OpenedTap;
}

/** The tenants of a process, as queries and administrators see them. */
export interface TenantsView {
  /** Returns why queries of a tenant are rejected; `undefined` if they are not. */
  rejectionOf(tenant: string): string | undefined;
  limitsOf(tenant: string): QueryLimits;
  /** Counts a query of a tenant. */
  queried(tenant: string, isRejected: boolean): void;
  /** Returns what tenants use, by name. */
  usage(): Promise<readonly TenantUsage[]>;
  /** Returns the tenants that are defined or have sent something, by name. */
  list(): Promise<readonly Tenant[]>;
  /** Adds a tenant. Rejects with an `ApiProblem` or an `IdentityChangeError` if that is not possible. */
  create(
    tenant: string,
    settings: Pick<TenantChange, 'displayName'> & { readonly limits: TenantLimits },
  ): Promise<Tenant>;
  /** Changes a tenant. Rejects as `create` does. */
  change(tenant: string, change: TenantChange): Promise<Tenant>;
  /** Removes everything of a tenant. Rejects with an `ApiProblem` if the store cannot. */
  remove(tenant: string, how: { readonly by: string; readonly accepts: boolean }): Promise<RemovalProof>;
}

/** Limits of the queries of a tenant. */
export interface QueryLimits {
  /** Maximum number of queries at the same time. */
  readonly concurrentQueries?: number | undefined;
  /** Maximum duration of a query in milliseconds. */
  readonly queryMillis?: number | undefined;
  /** Maximum memory of a query in the engine of the store, in bytes. */
  readonly queryMemoryBytes?: number | undefined;
}

/** Sends alerts to receivers. */
export interface Notifications {
  /** Returns the notifications that are not delivered, of one tenant or of all. */
  deliveries(tenant?: string | undefined): DeliveriesReport;
  /**
   * Handles a request to Alertmanager's API, below `/alertmanager`. Whether the client may write is checked before. With a
   * `tenant`, the client sees and changes only what is of this tenant.
   */
  handle(request: Request, tenant?: string | undefined): Promise<Response>;
}

/** Evaluates rules in a range of the past, with an interval for groups without one. Returns `undefined` if the process evaluates no rules. */
export type TryRules = (
  request: {
    readonly text: string;
    readonly startMillis: number;
    readonly endMillis: number;
    readonly intervalMillis: number | undefined;
    readonly tenant: string;
  },
  store: Store,
  signal: AbortSignal,
) => Promise<DeepReadonly<RuleTrial>> | undefined;

/** Identifies a document, and the revision that was read of it. */
export interface DocumentKey {
  readonly kind: DocumentEntry['kind'];
  readonly id: string;
  readonly revision: number;
}

/** Keeps what the page saves. Methods that change a document throw a `DocumentError` if they refuse to. */
export interface Documents {
  /** Returns the documents of a tenant; those of the default tenant are the documents themselves. */
  of(tenant: string): Documents;
  list(kind: DocumentEntry['kind']): readonly DocumentEntry[];
  read(kind: DocumentEntry['kind'], id: string): DocumentResponse | undefined;
  /** Resolves once the document is durable. */
  save(document: DocumentKey & Pick<DocumentResponse, 'name' | 'content'>): Promise<SavedDocument>;
  /** Removes all documents of a tenant other than the default one, and returns their number. */
  removeTenant(tenant: string): Promise<number>;
  /** Returns `false` if there is no such document. */
  remove(key: DocumentKey): Promise<boolean>;
}

/** A range of the process's past. */
export interface ProcessHistoryRequest {
  readonly startMillis: number;
  readonly endMillis: number;
  readonly steps: number;
}

/** What a flame graph shows, and how long it is recorded. */
export interface FlameRequest {
  readonly kind: FlameProfile['kind'];
  readonly seconds: number;
}

/** Profiles the process. */
export interface Profiler {
  /** Rejects with an error named `ProfilerBusyError` while another profile is made. */
  cpu(
    request: { readonly seconds: number; readonly intervalMicros: number; readonly detail: boolean },
    signal: AbortSignal,
  ): Promise<ProfileReport>;
  /** Rejects as `cpu` does. */
  flame(request: FlameRequest, signal: AbortSignal): Promise<FlameProfile>;
  /** Streams a heap snapshot. Throws an error named `ProfilerBusyError` while another profile is made. */
  heap(): ReadableStream<Uint8Array>;
}

/** Dependencies of request handlers. */
export interface EndpointContext {
  /** Returns the store. Throws an `ApiProblem` if there is none. */
  store(): Store;
  graph(): PipelineGraph | Promise<PipelineGraph>;
  status(): Status | Promise<Status>;
  /** Returns the configuration. Throws an `ApiProblem` if the process has none to reload. */
  configuration(): ReloadableConfiguration;
  /** Returns the editor of the configuration. Throws an `ApiProblem` if the process has none. */
  editor(): ConfigurationEditor;
  /** Returns the inspector. Throws an `ApiProblem` if the process has none. */
  inspector(): PipelineInspector;
  /** Returns the documents of the page. Throws an `ApiProblem` if the process keeps none. */
  documents(): Documents;
  /** Returns what sends alerts to receivers, if the process sends any. */
  notifications(): Notifications | undefined;
  /** Checks the process. Observes counters and telemetry for some time. */
  readonly diagnose: ((observedMillis: number) => Promise<DoctorReport>) | undefined;
  /** Lists the certificates of the process, with the paths of their files. */
  readonly listCertificates: (() => Promise<CertificatesResponse>) | undefined;
  readonly profiler: Profiler | undefined;
  /** The tenants of the process, if it tells them apart. */
  readonly tenants: TenantsView | undefined;
  /** What the process does for data protection, if it can. */
  readonly compliance: (() => Promise<ComplianceView>) | undefined;
  /** Returns how the service level objectives are met; `undefined` if the process has none. */
  readonly slos: (() => Promise<readonly Slo[]>) | undefined;
  /** Evaluates alerting rules over stored telemetry. Rejects with a `RuleTextError` if the text has errors. */
  readonly tryRules: TryRules | undefined;
  /** Passes requests to a processor, to preview a rule. */
  readonly runProcessor: RunProcessor | undefined;
  /** Searches requests for sensitive values. */
  readonly findSensitive: FindSensitive | undefined;
  /** Returns the process's own statistics over time. */
  readonly past: ((request: ProcessHistoryRequest) => ProcessHistory) | undefined;
  nowMillis(): number;
  /** Trace streams. */
  readonly traces: TextStreams;
}

/** Dependencies of a handler and the properties of its request. */
export interface RequestContext extends EndpointContext {
  /** Client address. Clients take turns when only few queries can run at a time. */
  readonly client: string;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** The request header `Accept`. */
  readonly accept: string;
  /** Who makes the request. */
  readonly access: Access;
  /** The parts of the request that identify the caller. */
  readonly caller: CallerRequest;
  /** Returns what changes accounts, roles and keys. Throws an `ApiProblem` if the process has none. */
  administration(): Administration;
  /** Returns the same; `undefined` if the process has none. */
  findAdministration(): Administration | undefined;
}

/** An API endpoint, described as data for the router, the parameter parser and the OpenAPI document. */
export interface Endpoint {
  readonly method: 'get' | 'post';
  /** OpenAPI path template: `/api/v1/traces/{traceId}`. */
  readonly path: string;
  readonly summary: string;
  /** The permission that callers need. */
  readonly permission: RoutePermission;
  /** Whether the request must present the token for edits, where callers have no identity. */
  readonly needsToken?: boolean | undefined;
  /** What it is about. Default: what its permission is about. */
  readonly scope?: RouteScope | undefined;
  /** Query and path parameters, or the fields of the JSON body of a POST. */
  readonly parameters: z.ZodObject;
  /** Whether parameters are not logged, because they identify people. */
  readonly isPrivate?: boolean | undefined;
  /** The parameter that names what is changed, for the audit log. */
  readonly target?: string | undefined;
  readonly response: z.ZodType;
  /** Further content types of the response. */
  readonly contentTypes?: readonly string[] | undefined;
  handle(parameters: unknown, context: RequestContext): Promise<object>;
}

/** The result of a handler: the body, serialized JSON in pieces, or a complete response. */
type Handled<Body> = DeepReadonly<Body> | JsonText | Response;

/** Declares an endpoint. The response has the type of its schema. */
export function defineEndpoint<P extends z.ZodObject, Body extends object>(endpoint: {
  readonly method?: 'get' | 'post';
  readonly needsToken?: boolean;
  readonly path: string;
  readonly permission: RoutePermission;
  readonly scope?: RouteScope;
  readonly summary: string;
  readonly parameters: P;
  readonly isPrivate?: boolean;
  readonly target?: keyof z.output<P> & string;
  readonly response: z.ZodType<Body>;
  readonly contentTypes?: readonly string[];
  handle(parameters: z.output<P>, context: RequestContext): Handled<Body> | Promise<Handled<Body>>;
}): Endpoint {
  return {
    ...endpoint,
    method: endpoint.method ?? 'get',
    handle: async (values, context) => endpoint.handle(values as z.output<P>, context),
  };
}
