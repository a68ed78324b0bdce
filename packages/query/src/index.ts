/** HTTP APIs over a telemetry store. */
export type * from './api/api.ts';
export type { FindIngestTarget, IngestTarget } from './api/ingest.ts';
export { ApiProblem } from './api/problem.ts';
export {
  type ApiClient,
  ApiClientError,
  type ApiParameters,
  createApiClient,
  type Responses,
  type TapEvent,
} from './client.ts';
export type { ComplianceView, EraseRequest, ReportRequest } from './compliance/view.ts';
export type { RunProcessor } from './cost/preview.ts';
export type {
  ConfigurationEditor,
  DocumentKey,
  Documents,
  Draft,
  Edit,
  FlameRequest,
  ItemTapListener,
  ItemTapRequest,
  Notifications,
  OpenedTap,
  PipelineInspector,
  ProcessHistoryRequest,
  Profiler,
  QueryLimits,
  TapListener,
  TapRequest,
  TenantsView,
} from './endpoints/endpoint.ts';
export type { Api, ApiOptions } from './http/api-options.ts';
export { createApi } from './http/create-api.ts';
export { openApiDocument } from './http/openapi.ts';
export type { ConnectionInfo, SecurityOptions } from './http/security.ts';
export { type ApiServer, type ServeOptions, serveApi, UnsafeEndpointError } from './http/serve.ts';
export type { AlertView, RuleGroupView, RulesView, RuleView } from './prometheus/api/rules-view.ts';
export type { FindSensitive } from './redaction/find-sensitive.ts';
export type { PushRequest, PushResponse } from './request/push-request.ts';
