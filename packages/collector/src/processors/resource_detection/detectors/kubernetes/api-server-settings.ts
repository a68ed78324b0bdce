import type { HttpRequestOptions } from '../../../../component/http/http-request.ts';

/** Where the API server is, and how to authenticate. */
export interface ApiServerSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: NonNullable<HttpRequestOptions['tls']>;
}
