import type { z } from '@hono/zod-openapi';
import type * as certificates from '../certificates/schemas.ts';
import type * as compliance from '../compliance/schemas.ts';
import type * as patterns from '../log-patterns/response.ts';
import type * as redaction from '../redaction/response.ts';
import type * as ruleTrial from './alerting/rule-trial.ts';
import type * as slos from './alerting/slos.ts';
import type * as editing from './configuration/editing.ts';
import type * as config from './configuration/reload.ts';
import type * as cost from './cost.ts';
import type * as doctor from './doctor.ts';
import type * as documents from './documents.ts';
import type * as causes from './error-causes.ts';
import type * as ownAccount from './identity/account.ts';
import type * as accounts from './identity/accounts.ts';
import type * as audit from './identity/audit.ts';
import type * as people from './identity/people.ts';
import type * as ledger from './ledger.ts';
import type * as nearest from './nearest.ts';
import type * as past from './pipeline/process-history.ts';
import type * as senders from './pipeline/senders.ts';
import type * as tap from './pipeline/tap.ts';
import type * as populations from './populations.ts';
import type * as profile from './profile.ts';
import type * as schemas from './schemas.ts';
import type * as detail from './service-detail.ts';
import type * as definedTenants from './tenants/tenants.ts';
import type * as tenants from './tenants/usage.ts';
import type * as why from './why.ts';

/**
 * Response types of the JSON API under `/api/v1`. They are the only part of the gateway that the dashboard imports.
 * Exact times are decimal strings of nanoseconds since the Unix epoch (`…Nanos` as `string`). Positions on a time axis
 * are milliseconds (`…Millis`). Durations are nanoseconds.
 *
 * Common parameters: `start`, `end` (milliseconds since the Unix epoch, half-open), `steps` (1 to 1,000), `limit`, and
 * any number of `where=FIELD OP VALUE` conditions (`where=service = checkout`, `where=duration > 500ms`,
 * `where=attributes.http.route ~ ^/api`, `where=attributes.user.id exists`), all of which must match.
 */
export type NanosText = string;

export type { JsonValue } from './schemas.ts';
export type JsonAttributes = Readonly<Record<string, schemas.JsonValue>>;

/** The output type of a schema, deeply `readonly`. */
export type Output<S extends z.ZodType> = DeepReadonly<z.output<S>>;
export type DeepReadonly<T> = schemas.JsonValue extends T
  ? T
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The body of every error response. */
export type ApiError = Output<typeof schemas.apiError>;

/** `GET /api/v1/status` */
export type Status = Output<typeof schemas.status>;
export type StoreStatus = NonNullable<Status['store']>;
export type ProcessStats = Status['process'];

/** `GET /api/v1/config` */
export type Configuration = Output<typeof config.configuration>;

/** `POST /api/v1/config/reload` with `{ "dryRun": true }` */
export type ReloadReport = Output<typeof config.reloadReport>;

/** `GET /api/v1/config/text` */
export type ConfigurationText = Output<typeof editing.configurationText>;

/** `GET /api/v1/config/revisions/{revision}` */
export type RevisionText = Output<typeof editing.revisionText>;

/** `POST /api/v1/config/check` with a draft */
export type DraftReport = Output<typeof editing.draftReport>;

/** `POST /api/v1/config/insert` */
export type InsertedProcessor = Output<typeof editing.insertedProcessor>;

/** `POST /api/v1/config/apply` with a draft, and `POST /api/v1/config/roll-back` */
export type AppliedReport = Output<typeof editing.appliedReport>;

/** `POST /api/v1/config/dry-run` with a draft */
export type DryRunReport = Output<typeof editing.dryRunReport>;

/** What a tenant uses. */
export type TenantUsage = Output<typeof tenants.tenantUsage>;
/** The response of `GET /api/v1/account`. */
export type Account = Output<typeof ownAccount.account>;
export type SecondFactor = Output<typeof ownAccount.secondFactor>;
export type PasskeyOptions = Output<typeof ownAccount.passkeyOptions>;
export type RecoveryCodes = Output<typeof ownAccount.recoveryCodes>;
/** The response of `GET /api/v1/people`. */
export type PeopleResponse = Output<typeof people.peopleResponse>;
export type ServiceAccount = Output<typeof accounts.serviceAccount>;
/** The response of `GET /api/v1/service-accounts`. */
export type ServiceAccountsResponse = Output<typeof accounts.serviceAccountsResponse>;
export type Invitation = Output<typeof accounts.invitation>;
/** The response of `GET /api/v1/people/invitations`. */
export type InvitationsResponse = Output<typeof accounts.invitationsResponse>;
export type CreatedInvitation = Output<typeof accounts.createdInvitation>;
export type Person = Output<typeof people.person>;
export type Grant = Output<typeof people.grant>;
export type Session = Output<typeof people.session>;
/** The response of `GET /api/v1/sessions`. */
export type SessionsResponse = Output<typeof people.sessionsResponse>;
/** The response of `GET /api/v1/roles`. */
export type RolesResponse = Output<typeof people.rolesResponse>;
export type Role = Output<typeof people.role>;
/** The response of `GET /api/v1/keys`. */
export type KeysResponse = Output<typeof people.keysResponse>;
export type ApiKey = Output<typeof people.apiKey>;
export type CreatedKey = Output<typeof people.createdKey>;
/** The response of `GET /api/v1/audit`. */
export type AuditResponse = Output<typeof audit.auditResponse>;
export type AuditEntry = Output<typeof audit.auditEntry>;
export type AuditVerification = Output<typeof audit.auditVerification>;
/** A tenant, its limits and what it uses. */
export type Tenant = Output<typeof definedTenants.tenant>;
/** `GET /api/v1/tenants` */
export type TenantList = Output<typeof definedTenants.tenantList>;
/** `POST /api/v1/tenants/remove` */
export type RemovalProof = Output<typeof tenants.removalProof>;
/** `GET /api/v1/doctor?seconds=2` */
export type DoctorReport = Output<typeof doctor.doctorReport>;
export type Finding = DoctorReport['findings'][number];
export type ObservedSender = DoctorReport['senders'][number];
export type DiskUsage = DoctorReport['disks'][number];

/** `GET /api/v1/certificates` */
export type CertificatesResponse = Output<typeof certificates.certificatesResponse>;
export type InventoryCertificate = CertificatesResponse['certificates'][number];
export type InventoryRevocationList = CertificatesResponse['revocationLists'][number];

/** `GET /api/v1/alerting/slos` */
export type SlosResponse = Output<typeof slos.slosResponse>;
export type Slo = SlosResponse['slos'][number];

/** `POST /api/v1/alerting/try` */
export type RuleTrial = Output<typeof ruleTrial.ruleTrial>;

/** `GET /api/v1/senders` */
export type SendersReport = Output<typeof senders.sendersReport>;
export type SendingSdk = SendersReport['senders'][number];

/** `POST /api/v1/profile` with `{ "seconds": 10, "detail": true }` */
export type ProfileReport = Output<typeof profile.profileReport>;
export type CpuProfile = Output<typeof profile.cpuProfile>;

/** `POST /api/v1/profile/flame` with `{ "kind": "cpu", "seconds": 10 }` */
export type FlameProfile = Output<typeof profile.flameProfile>;

/** Part of responses without results. */
export type NearestData = Output<typeof nearest.nearestData>;

/** `GET /api/v1/services` */
export type ServicesResponse = Output<typeof schemas.servicesResponse>;
export type Service = ServicesResponse['services'][number];

/** `GET /api/v1/services/detail?service=…&steps=…` */
export type ServiceDetailResponse = Output<typeof detail.serviceDetailResponse>;

/** `GET /api/v1/releases?steps=…` */
export type ReleasesResponse = Output<typeof detail.releasesResponse>;

/** `GET /api/v1/red?group_by=service|route|none&service=…&steps=…` */
export type RedResponse = Output<typeof schemas.redResponse>;

/** `GET /api/v1/heatmap?service=…&steps=…` */
export type HeatmapResponse = Output<typeof schemas.heatmapResponse>;

/** `GET /api/v1/routes?service=…&limit=…` */
export type RoutesResponse = Output<typeof schemas.routesResponse>;

/** `GET /api/v1/errors?service=…&steps=…&limit=…` */
export type ErrorsResponse = Output<typeof schemas.errorsResponse>;

/** `GET /api/v1/errors/causes?service=…&steps=…&limit=…&history=…` */
export type ErrorCausesResponse = Output<typeof causes.errorCausesResponse>;
export type ErrorCause = ErrorCausesResponse['causes'][number];

/** `GET /api/v1/service-graph?limit=…` */
export type ServiceGraphResponse = Output<typeof populations.serviceGraphResponse>;
export type ServiceGraphEdge = ServiceGraphResponse['edges'][number];

/** `GET /api/v1/traces?where=…&text=…&limit=…&order=time|duration&column=…` */
export type TracesResponse = Output<typeof populations.tracesResponse>;
export type TraceHit = TracesResponse['traces'][number];

/** `GET /api/v1/traces/{traceId}?span_id=…`: 404 if the trace is unknown. */
export type TraceResponse = Output<typeof schemas.traceResponse>;
export type Span = TraceResponse['spans'][number];

/** A line of `GET /api/v1/traces/{traceId}/outline`: 404 if the trace is unknown. */
export type TraceOutlineLine = Output<typeof schemas.traceOutlineLine>;
export type TraceOutlineHead = Extract<TraceOutlineLine, { readonly kind: 'head' }>;
export type TraceOperation = Extract<TraceOutlineLine, { readonly kind: 'operations' }>['operations'][number];
export type TraceOutlineSpans = Extract<TraceOutlineLine, { readonly kind: 'spans' }>;

/** `GET /api/v1/traces/{traceId}/matches?text=…` */
export type TraceMatchesResponse = Output<typeof schemas.traceMatchesResponse>;

/** `GET /api/v1/heatmap/traces?where=…&text=…&steps=…` */
export type TraceHeatmapResponse = Output<typeof populations.traceHeatmapResponse>;

/** `GET /api/v1/compare?where=…&text=…&select=…&select_start=…&select_end=…&select_min=…&select_max=…&baseline=rest|before` */
export type CompareTracesResponse = Output<typeof populations.compareTracesResponse>;
export type TraceDifference = CompareTracesResponse['differences'][number];
export type ValueShare = TraceDifference['best'];

/** `GET /api/v1/traces/{traceId}/references?start=…&end=…` */
export type TraceReferencesResponse = Output<typeof populations.traceReferencesResponse>;

/** A log record, also sent as the data of each `log` event of `GET /api/v1/logs/tail?where=…&text=…`. */
export type LogRecord = Output<typeof schemas.logRecord>;

/** `GET /api/v1/logs?where=…&text=…&trace_id=…&span_id=…&order=newest|oldest&limit=…&after=…` */
export type LogsResponse = Output<typeof schemas.logsResponse>;

/** `GET /api/v1/logs/histogram?where=…&text=…&steps=…` */
export type LogHistogramResponse = Output<typeof schemas.logHistogramResponse>;

/** `GET /api/v1/logs/facets?field=…` (repeatable) and `GET /api/v1/attributes?signal=…` */
export type FacetsResponse = Output<typeof schemas.facetsResponse>;

/** `GET /api/v1/logs/patterns?where=…&text=…&steps=…&limit=…&compare=…` */
export type LogPatternsResponse = Output<typeof patterns.logPatternsResponse>;
export type LogPattern = LogPatternsResponse['patterns'][number];

/** `GET /api/v1/metrics?match=…&limit=…` */
export type MetricsResponse = Output<typeof schemas.metricsResponse>;

/** `GET /api/v1/metrics/labels?name=…` */
export type MetricLabelsResponse = Output<typeof schemas.metricLabelsResponse>;

/** `GET /api/v1/metrics/labels?name=…&key=…` */
export type MetricLabelValuesResponse = Output<typeof schemas.metricLabelValuesResponse>;

/** `GET /api/v1/metrics/series?name=…&aggregate=rate|sum|avg|min|max|last|count|p50|p90|p95|p99&group_by=KEY…&where=…&steps=…&limit=…` */
export type MetricSeriesResponse = Output<typeof schemas.metricSeriesResponse>;

/** `GET /api/v1/cost?steps=…&limit=…` */
export type CostResponse = Output<typeof cost.costResponse>;
export type CostSender = CostResponse['senders'][number];

/** `GET /api/v1/cost/attributes?signal=traces|logs|metrics&limit=…` */
export type CostAttributesResponse = Output<typeof cost.costAttributesResponse>;
export type CostAttribute = CostAttributesResponse['attributes'][number];

/** `GET /api/v1/redaction/preview?catalog=all&signal=logs` */
export type SubjectJob = Output<typeof compliance.subjectJob>;
export type SignedStatement = Output<typeof compliance.signedStatement>;
export type StandingErasure = Output<typeof compliance.standingErasure>;
export type LegalHolds = Output<typeof compliance.holdsResponse>;
export type LegalHold = Output<typeof compliance.legalHold>;
export type ComplianceReport = Output<typeof compliance.complianceReport>;
export type RedactionPreview = Output<typeof redaction.redactionPreview>;

/** `GET /api/v1/cost/preview?rule=drop_logs&service=…&level=…` */
export type RulePreview = Output<typeof cost.rulePreview>;

/** `GET /api/v1/documents?kind=board|query` */
export type DocumentsResponse = Output<typeof documents.documentsResponse>;
export type DocumentEntry = DocumentsResponse['documents'][number];

/** `GET /api/v1/documents/{kind}/{id}`: 404 if there is none. */
export type DocumentResponse = Output<typeof documents.documentResponse>;

/** `POST /api/v1/documents/save` with `{ "kind": "board", "id": "payment", "name": "…", "content": {}, "revision": 0 }` */
export type SavedDocument = Output<typeof documents.savedDocument>;

/** `GET /api/v1/pipeline`, and each `pipeline` event of `GET /api/v1/pipeline/stream` (one per second). */
export type PipelineGraph = Output<typeof schemas.pipelineGraph>;
export type PipelineNode = PipelineGraph['nodes'][number];
export type PipelineEdge = PipelineGraph['edges'][number];
export type Batching = NonNullable<PipelineNode['batching']>;
export type BatchSizes = NonNullable<Batching['sent']>;
export type SizeCounts = BatchSizes['items'];
export type RequestDuration = NonNullable<PipelineNode['requests']>[number];

/** `GET /api/v1/pipeline/ledger`: where the items of each component came from and went. */
export type PipelineLedger = Output<typeof ledger.pipelineLedger>;
export type NodeLedger = Output<typeof ledger.nodeLedger>;

/** `GET /api/v1/why/{traceId}`: where a trace was dropped, and whether it is stored. */
export type WhyResponse = Output<typeof why.whyResponse>;
export type TraceDrops = Output<typeof why.traceDrops>;
export type TraceDrop = TraceDrops['drops'][number];

/** `POST /api/v1/sql` with `{ "statement": "…", "maxRows": 1000 }` */
export type SqlResponse = Output<typeof schemas.sqlResponse>;

/** The events of `GET /api/v1/pipeline/tap/items`. */
export type TappedItem = Output<typeof tap.tappedItem>;
export type TappedValue = TappedItem['values'][number];
export type TapCounts = Output<typeof tap.tapCounts>;

/** `GET /api/v1/process/history`. */
export type ProcessHistory = Output<typeof past.processHistory>;
