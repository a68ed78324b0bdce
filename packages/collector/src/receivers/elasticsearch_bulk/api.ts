import { randomUUID } from 'node:crypto';
import type { Outcome } from '@otelier/otlp';
import type { IngestTarget, PushResponse } from '@otelier/query';
import { withPushBody } from '../../component/http/push-body.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import { BulkError, type BulkItem, parseBulkRequest } from './bulk-request.ts';
import { type Cluster, clusterResponse } from './cluster.ts';
import { jsonResponse } from './json-response.ts';

/** Options for `respondAsElasticsearch`. */
export interface ApiOptions extends Cluster {
  readonly maxBytes: number;
  nowMillis(): number;
}

/** `/_bulk`, `/index/_bulk` and, in old versions, `/index/type/_bulk`. */
const BULK = /^(?:\/([^/_][^/]*)(?:\/[^/_][^/]*|\/_doc)?)?\/_bulk\/?$/;
/** `/index/_doc`, `/index/_doc/id` and `/index/_create/id`. */
const SINGLE = /^\/([^/_][^/]*)\/_(?:doc|create)(?:\/([^/]+))?\/?$/;

/** Responds to a request as Elasticsearch does, and passes the documents of bulk requests on as log records. */
export async function respondAsElasticsearch(
  request: PathRequest,
  target: IngestTarget,
  options: ApiOptions,
): Promise<PushResponse> {
  const { method, path } = request;
  const isWrite = method === 'POST' || method === 'PUT';
  const bulk = isWrite ? BULK.exec(path) : null;
  if (bulk !== null) return receiveDocuments(request, target, options, (body) => ({ body, index: nameOf(bulk[1]) }));
  const single = isWrite ? SINGLE.exec(path) : null;
  if (single === null) return clusterResponse(method, path, options);
  const [, index, id] = single;
  const action = `{"index":{${id === undefined ? '' : `"_id":${JSON.stringify(nameOf(id))}`}}}\n`;
  return receiveDocuments(request, target, options, (body) => ({
    // A document can have several lines.
    body: Buffer.from(
      action +
        Buffer.from(body)
          .toString('utf8')
          .replaceAll(/[\r\n]+/g, ' '),
    ),
    index: nameOf(index),
    isSingle: true,
  }));
}

function nameOf(encoded = ''): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** What to read of a request. */
interface Documents {
  readonly body: Uint8Array;
  readonly index: string;
  readonly isSingle?: boolean;
}

function receiveDocuments(
  request: PathRequest,
  target: IngestTarget,
  { maxBytes, nowMillis }: ApiOptions,
  read: (body: Uint8Array) => Documents,
): Promise<PushResponse> {
  return withPushBody(request, target, maxBytes, async (pushed) => {
    switch (pushed.kind) {
      case 'too_large':
        return errorResponse(413, 'content_too_long_exception', pushed.reason);
      case 'malformed':
        return errorResponse(400, 'parse_exception', pushed.reason);
      case 'no_memory':
        return errorResponse(429, 'circuit_breaking_exception', pushed.reason);
      case 'ok':
        break;
    }
    try {
      const { body, index, isSingle = false } = read(pushed.body);
      const observedNanos = BigInt(Math.floor(nowMillis())) * 1_000_000n;
      const { items, entries } = await parseBulkRequest(body, index, observedNanos);
      const outcome: Outcome =
        entries.length === 0 ? { kind: 'accepted' } : await target.consume(encodeEntries(entries), entries.length);
      if (outcome.kind === 'retry') return errorResponse(429, 'es_rejected_execution_exception', outcome.reason);
      const results = items.map((item) => resultOf(item, outcome));
      return isSingle ? singleResponse(results[0]) : bulkResponse(items, results);
    } catch (error) {
      if (!(error instanceof BulkError)) throw error;
      return errorResponse(400, 'illegal_argument_exception', error.message);
    }
  });
}

type Result = Readonly<Record<string, unknown>> & { readonly status: number };

function resultOf({ action, target, error }: BulkItem, outcome: Outcome): Result {
  const place = { _index: target.index, _id: target.id ?? randomUUID() };
  const refused =
    outcome.kind === 'refused'
      ? { status: 400, type: 'illegal_argument_exception', reason: outcome.reason }
      : undefined;
  const failed = error ?? refused;
  if (failed !== undefined) {
    const { status, ...rest } = failed;
    return { ...place, status, error: rest };
  }
  return {
    ...place,
    _version: 1,
    result: 'created',
    _shards: { total: 1, successful: 1, failed: 0 },
    _seq_no: 0,
    _primary_term: 1,
    status: action === 'delete' ? 200 : 201,
  };
}

function bulkResponse(items: readonly BulkItem[], results: readonly Result[]): PushResponse {
  const errors = results.some(({ status }) => status >= 300);
  const named = results.map((result, index) => ({ [items[index]?.action ?? 'index']: result }));
  return jsonResponse(200, { took: 0, errors, items: named });
}

function singleResponse(result: Result | undefined): PushResponse {
  if (result === undefined || result.status < 300) return jsonResponse(201, result ?? {});
  return jsonResponse(result.status, { error: result['error'], status: result.status });
}

function errorResponse(status: number, type: string, reason: string): PushResponse {
  const headers: Record<string, string> = status === 429 ? { 'retry-after': '1' } : {};
  const response = jsonResponse(status, { error: { root_cause: [{ type, reason }], type, reason }, status });
  return { ...response, headers: { ...response.headers, ...headers } };
}
