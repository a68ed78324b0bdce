import type * as api from './api/api.ts';

/** Response types of the GET endpoints, by path without the prefix `/api/v1`. */
export interface Responses {
  readonly '/status': api.Status;
  readonly '/services': api.ServicesResponse;
  readonly '/services/detail': api.ServiceDetailResponse;
  readonly '/releases': api.ReleasesResponse;
  readonly '/red': api.RedResponse;
  readonly '/heatmap': api.HeatmapResponse;
  readonly '/routes': api.RoutesResponse;
  readonly '/heatmap/traces': api.TraceHeatmapResponse;
  readonly '/compare': api.CompareTracesResponse;
  readonly '/service-graph': api.ServiceGraphResponse;
  readonly '/errors': api.ErrorsResponse;
  readonly '/errors/causes': api.ErrorCausesResponse;
  readonly '/traces': api.TracesResponse;
  readonly [trace: `/traces/${string}`]: api.TraceResponse;
  readonly '/logs': api.LogsResponse;
  readonly '/logs/histogram': api.LogHistogramResponse;
  readonly '/logs/facets': api.FacetsResponse;
  readonly '/logs/patterns': api.LogPatternsResponse;
  readonly '/attributes': api.FacetsResponse;
  readonly '/metrics': api.MetricsResponse;
  readonly '/metrics/labels': api.MetricLabelsResponse | api.MetricLabelValuesResponse;
  readonly '/metrics/series': api.MetricSeriesResponse;
  readonly '/pipeline': api.PipelineGraph;
  readonly '/pipeline/ledger': api.PipelineLedger;
  readonly [why: `/why/${string}`]: api.WhyResponse;
  readonly '/config': api.Configuration;
  readonly '/doctor': api.DoctorReport;
  readonly '/certificates': api.CertificatesResponse;
  readonly '/alerting/slos': api.SlosResponse;
  readonly '/senders': api.SendersReport;
  readonly '/process/history': api.ProcessHistory;
  readonly '/tenants': api.TenantList;
  readonly [job: `/subjects/jobs/${string}`]: api.SubjectJob;
  readonly '/holds': api.LegalHolds;
  readonly '/compliance/report': api.ComplianceReport;
  readonly '/documents': api.DocumentsResponse;
  readonly [document: `/documents/${string}/${string}`]: api.DocumentResponse;
}

/** Request parameters. A list repeats the parameter. */
export type ApiParameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** An event of `GET /api/v1/pipeline/tap`. */
export type TapEvent =
  | {
      readonly event: 'telemetry';
      readonly data: { readonly signal: string; readonly itemCount: number; readonly request: object };
    }
  | { readonly event: 'skipped'; readonly data: { readonly count: number } }
  | { readonly event: 'failed'; readonly data: api.ApiError };

/** An event of `GET /api/v1/pipeline/tap/items`. */
export type ItemTapEvent =
  | { readonly event: 'item'; readonly data: api.TappedItem }
  | { readonly event: 'counts'; readonly data: api.TapCounts }
  | Exclude<TapEvent, { readonly event: 'telemetry' }>;

/**
 * A client for a running otelier instance. Methods reject with `ApiClientError`, or with the reason of the abort
 * signal.
 */
export interface ApiClient {
  get<P extends keyof Responses>(path: P, parameters?: ApiParameters, signal?: AbortSignal): Promise<Responses[P]>;
  /**
   * Streams stored telemetry as OTLP/JSON, one export request per line. Times are nanoseconds since the Unix epoch,
   * rounded to microseconds. If they are omitted, everything is exported.
   */
  exportLines(
    request: {
      readonly signal: string;
      readonly start?: bigint;
      readonly end?: bigint;
      readonly tenant?: string;
    },
    signal?: AbortSignal,
  ): AsyncIterable<string>;
  /** Streams the outline of a trace: its head, its operations and then its spans, oldest first. */
  traceOutline(traceId: string, signal?: AbortSignal): AsyncIterable<api.TraceOutlineLine>;
  /** Streams the items that pass a point of the pipelines: `at`, with an OTTL condition `where`. */
  tap(parameters: ApiParameters, signal?: AbortSignal): AsyncIterable<TapEvent>;
  /** Streams single items that pass edges, and what the component before them changed. */
  tapItems(parameters: ApiParameters, signal?: AbortSignal): AsyncIterable<ItemTapEvent>;
  /** Makes the process read its configuration again, or returns what that would do. */
  reload(request?: { readonly dryRun?: boolean }, signal?: AbortSignal): Promise<api.ReloadReport>;
  /** Profiles the CPU usage of the process. */
  profile(
    request: { readonly seconds: number; readonly intervalMicros?: number; readonly detail?: boolean },
    signal?: AbortSignal,
  ): Promise<api.ProfileReport>;
  /** Streams a heap snapshot of the process. */
  heapSnapshot(signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** Removes everything of a tenant, and returns a signed statement of it. */
  removeTenant(request: { readonly tenant: string; readonly accepts?: boolean }): Promise<api.RemovalProof>;
  /** Sends a request to an endpoint that changes something, or whose parameters identify a person. */
  post<Response>(path: string, body: object): Promise<Response>;
  /** Streams everything of a person as OTLP/JSON, one export request per line. */
  exportSubject(request: object): AsyncIterable<string>;
  /** Runs read-only SQL. */
  sql(
    request: { readonly statement: string; readonly maxRows?: number },
    signal?: AbortSignal,
  ): Promise<api.SqlResponse>;
  /** Runs read-only SQL. Returns the rows in a format for other programs, and whether there are more. */
  sqlEncoded(
    request: {
      readonly statement: string;
      readonly maxRows?: number;
      readonly format: 'csv' | 'arrow' | 'parquet';
      readonly formulaSafe?: boolean;
    },
    signal?: AbortSignal,
  ): Promise<{ readonly truncated: boolean; readonly pieces: AsyncIterable<Uint8Array> }>;
}

/** Thrown for a failed API request, with a human-readable message. */
export class ApiClientError extends Error {
  override readonly name = 'ApiClientError';
  /**
   * Error code from `ApiError`, `unreachable` if there was no response, `interrupted` if a streamed response ended
   * early, or `not_otelier` for a response from another server.
   */
  readonly code: string;
  /** HTTP status; 0 if there was no response. */
  readonly status: number;

  constructor(code: string, status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.status = status;
  }
}

/** Options for `createApiClient`. */
export interface ApiClientOptions {
  readonly token?: string | undefined;
  /** Sends a request. Defaults to the global `fetch`. */
  readonly fetch?: (url: URL, init: RequestInit) => Promise<Response>;
}

/** Creates a client for the API at `url`, such as `http://127.0.0.1:4319`. Throws a `TypeError` for an invalid URL. */
export function createApiClient(url: string, { token, fetch = globalThis.fetch }: ApiClientOptions = {}): ApiClient {
  const root = new URL(url);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  // On loopback, compression costs more time than it saves.
  const encoding = LOOPBACK.test(root.hostname) ? { 'accept-encoding': 'identity' } : {};
  const request = (path: string, init: RequestInit): Promise<Response> =>
    send(fetch, new URL(`/api/v1${path}`, root), {
      ...init,
      headers: { ...authorization, ...encoding, ...init.headers },
    });
  const call = async (path: string, init: RequestInit): Promise<unknown> =>
    readResponse(await request(path, init), root);
  const postInit = (body: object, signal?: AbortSignal): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal !== undefined && { signal }),
  });
  const post = (path: string, body: object, signal?: AbortSignal): Promise<unknown> =>
    call(path, postInit(body, signal));
  async function* events<Event>(path: string, signal?: AbortSignal): AsyncGenerator<Event> {
    const response = await request(path, signal === undefined ? {} : { signal });
    if (response.ok && response.body !== null) yield* eventsOf<Event>(response.body, root, signal);
    else await readResponse(response, root);
  }
  return {
    get: async (path, parameters = {}, signal) =>
      (await call(`${path}${queryText(parameters)}`, signal === undefined ? {} : { signal })) as never,
    async *exportLines({ signal: telemetry, start, end, tenant }, signal) {
      const parameters = { signal: telemetry, start: millisText(start), end: millisText(end), tenant };
      const response = await request(`/export${queryText(parameters)}`, signal === undefined ? {} : { signal });
      if (response.ok && response.body !== null) yield* linesOf(response.body, root, signal);
      else await readResponse(response, root);
    },
    async *traceOutline(traceId, signal) {
      const response = await request(`/traces/${traceId}/outline`, signal === undefined ? {} : { signal });
      if (response.ok && response.body !== null) {
        for await (const line of linesOf(response.body, root, signal)) yield JSON.parse(line) as api.TraceOutlineLine;
      } else await readResponse(response, root);
    },
    tap: (parameters, signal) => events<TapEvent>(`/pipeline/tap${queryText(parameters)}`, signal),
    tapItems: (parameters, signal) => events<ItemTapEvent>(`/pipeline/tap/items${queryText(parameters)}`, signal),
    reload: async (options = {}, signal) => (await post('/config/reload', options, signal)) as api.ReloadReport,
    profile: async (options, signal) => (await post('/profile', options, signal)) as api.ProfileReport,
    async heapSnapshot(signal) {
      const response = await request('/profile/heap', postInit({}, signal));
      if (response.ok && response.body !== null) return response.body;
      await readResponse(response, root);
      throw new ApiClientError('not_otelier', response.status, `${root.origin} returned no heap snapshot`);
    },
    post: async (path, body) => (await post(path, body)) as never,
    async *exportSubject(body) {
      const response = await request('/subjects/export', postInit(body));
      if (response.ok && response.body !== null) yield* linesOf(response.body, root);
      else await readResponse(response, root);
    },
    removeTenant: async (request) => (await post('/tenants/remove', request)) as api.RemovalProof,
    sql: async (query, signal) => (await post('/sql', query, signal)) as api.SqlResponse,
    async sqlEncoded(query, signal) {
      const response = await request('/sql', postInit(query, signal));
      const truncated = response.headers.get('x-otelier-truncated');
      if (response.ok && response.body !== null && truncated !== null) {
        return { truncated: truncated === 'true', pieces: response.body };
      }
      await readResponse(response, root);
      throw new ApiClientError('not_otelier', response.status, `${root.origin} returned no ${query.format} result`);
    },
  };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Formats nanoseconds as decimal milliseconds. */
function millisText(nanos: bigint | undefined): string | undefined {
  if (nanos === undefined) return undefined;
  return `${nanos / 1_000_000n}.${String((nanos / 1000n) % 1000n).padStart(3, '0')}`;
}

async function* linesOf(body: ReadableStream<Uint8Array>, root: URL, signal?: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunksOf(body, root, signal)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** Reads a body. If the connection breaks, throws an `ApiClientError`. */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  root: URL,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    while (true) {
      const { done, value } = await reader.read().catch((error) => {
        if (signal?.aborted === true) throw error;
        throw new ApiClientError(
          'interrupted',
          0,
          `${root.origin} ended the connection during its response; its log has the reason`,
          error,
        );
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function* eventsOf<Event>(
  body: ReadableStream<Uint8Array>,
  root: URL,
  signal?: AbortSignal,
): AsyncGenerator<Event> {
  let event = '';
  for await (const line of linesOf(body, root, signal)) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length);
    else if (line.startsWith('data: ')) yield { event, data: JSON.parse(line.slice('data: '.length)) } as Event;
  }
}

function queryText(parameters: ApiParameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one));
  }
  return query.size === 0 ? '' : `?${query}`;
}

async function send(fetch: NonNullable<ApiClientOptions['fetch']>, url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init).catch((error) => {
      // The server can close an idle connection at the moment in which it is used again.
      if (init.method === undefined && isReset(error)) return fetch(url, init);
      throw error;
    });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new ApiClientError('unreachable', 0, `no otelier responds at ${url.origin}${cause}`, error);
  }
}

function isReset(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET';
}

async function readResponse(response: Response, root: URL): Promise<unknown> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  if (isApiError(body)) throw new ApiClientError(body.error.code, response.status, body.error.message);
  throw new ApiClientError(
    'not_otelier',
    response.status,
    `${root.origin} responded with ${response.status}, but not as otelier does`,
  );
}

function isApiError(body: unknown): body is api.ApiError {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}
