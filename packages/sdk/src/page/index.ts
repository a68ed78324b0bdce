/** The SDK for pages: `@otelier/sdk/browser`. */
export { BasicClient, type BasicClientOptions, createBasicClient } from '../client/basic/basic-client.ts';
export { LoggerProvider, type LoggerProviderOptions } from '../logs/logger-provider.ts';
export { TracerProvider, type TracerProviderOptions } from '../trace/tracer-provider.ts';
export { instrumentPageFetch } from './fetch.ts';
export { type InteractionOptions, instrumentInteractions } from './interactions.ts';
export { instrumentPageLoad, type PageLoadOptions } from './page-load.ts';
export type { PageRequestOptions } from './requests.ts';
export { type Session, type SessionOptions, trackSession } from './session.ts';
export { type PageOptions, type PageTelemetry, startPage } from './start.ts';
export { instrumentWebVitals, type WebVitalOptions } from './web-vitals.ts';
export { instrumentPageXhr } from './xhr.ts';
