/** HTTP APIs over a telemetry store. */
export type * from './api.ts';
export {
  type ApiClient,
  ApiClientError,
  type ApiParameters,
  createApiClient,
  type Responses,
} from './client.ts';
export { type Api, type ApiOptions, createApi } from './create-api.ts';
export { openApiDocument } from './openapi.ts';
export type { ConnectionInfo, SecurityOptions } from './security.ts';
export { type ApiServer, type ServeOptions, serveApi, UnsafeEndpointError } from './serve.ts';
