/** The API for a process that rarely serves it: loaded on the first request. */
export { createApiOnDemand } from './http/on-demand.ts';
export { type ApiServer, apiEndpointError, type ServeOptions, serveApi, UnsafeEndpointError } from './http/serve.ts';
