import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { httpStream } from '../component/http/http-request.ts';
import { VERSION } from '../component/version.ts';
import { ApiError, type StatusObject } from './api-error.ts';
import { type KubernetesObject, nameOf, pathOf, type ResourceType } from './resource.ts';
import type { ApiServer } from './server/api-server.ts';

/** An object to write. The server adds what is missing. */
export interface DesiredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<KubernetesObject['metadata']> & { readonly name: string };
  readonly [field: string]: unknown;
}

/** An object by its name. */
export interface ObjectPlace {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The version of an object that a deletion expects. Another one is refused with status 409. */
export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** Options of `apply`. */
export interface ApplyOptions {
  /** Owner of the fields that are sent. Fields that it owned before and no longer sends are removed. */
  readonly fieldManager: string;
  readonly subresource?: 'status' | undefined;
}

/**
 * Changes objects of a Kubernetes API server. All methods return the object as the server has stored it, and reject with an
 * `ApiError`: status 404 if the object does not exist, 409 if it exists already or has another version, 422 with the names of
 * the fields that are not valid.
 */
export interface ObjectWriter {
  create(type: ResourceType, object: DesiredObject, signal: AbortSignal): Promise<KubernetesObject>;
  /** Creates an object or changes the fields that are sent, by server-side apply. Takes fields of other managers over. */
  apply(
    type: ResourceType,
    object: DesiredObject,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<KubernetesObject>;
  /** Merges a patch into an object: `null` removes a field, lists are replaced (RFC 7396). */
  mergePatch(type: ResourceType, place: ObjectPlace, patch: object, signal: AbortSignal): Promise<KubernetesObject>;
  /** Merges a patch into the status of an object. */
  patchStatus(type: ResourceType, place: ObjectPlace, status: object, signal: AbortSignal): Promise<KubernetesObject>;
  /** Replaces an object. The version in its metadata must be the current one. */
  replace(type: ResourceType, object: DesiredObject, signal: AbortSignal): Promise<KubernetesObject>;
  /** Deletes an object and, in the background, what it owns. Returns whether it existed. */
  delete(type: ResourceType, place: ObjectPlace, preconditions: Preconditions, signal: AbortSignal): Promise<boolean>;
  /** Closes idle connections. */
  close(): void;
}

const JSON_TYPE = 'application/json';
const MERGE_PATCH = 'application/merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';
const MAX_OBJECT_BYTES = 16 << 20;
const MAX_CONNECTIONS = 4;
/** Errors of 422 list all fields of an object that are wrong. */
const MAX_MESSAGE_LENGTH = 2000;

/** What a request sends. */
interface Request {
  readonly verb: 'create' | 'apply' | 'patch' | 'update' | 'delete';
  readonly method: string;
  readonly contentType: string;
  readonly body: object;
  readonly query?: string;
}

/** Creates a writer with connections of its own. */
export function createObjectWriter(server: ApiServer): ObjectWriter {
  const Agent = server.url.startsWith('https:') ? TlsAgent : PlainAgent;
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  const send = async (
    type: ResourceType,
    place: Partial<ObjectPlace>,
    at: string,
    request: Request,
    signal: AbortSignal,
  ) => {
    const { headers, tls } = await server.access(signal);
    const { verb, method, contentType, body, query = '' } = request;
    const name = place.name === undefined ? '' : `/${encodeURIComponent(place.name)}`;
    const response = await httpStream(`${server.url}${pathOf(type, place.namespace)}${name}${at}${query}`, {
      method,
      headers: { ...headers, accept: JSON_TYPE, 'content-type': contentType, 'user-agent': `otelier/${VERSION}` },
      body: JSON.stringify(body),
      tls,
      agent,
      signal,
      maxBytes: MAX_OBJECT_BYTES,
    });
    const { status, body: text, headers: received } = await response.complete();
    if (status === 401) server.renew();
    if (status >= 200 && status < 300) return JSON.parse(text) as KubernetesObject;
    throw writeErrorOf(verb, type, place, { status, text, retryAfter: received['retry-after'] });
  };
  const put = (verb: 'create' | 'update', body: DesiredObject): Request => ({
    verb,
    method: verb === 'create' ? 'POST' : 'PUT',
    contentType: JSON_TYPE,
    body,
  });
  const merge = (body: object): Request => ({ verb: 'patch', method: 'PATCH', contentType: MERGE_PATCH, body });

  return {
    create: (type, object, signal) =>
      send(type, { namespace: object.metadata.namespace }, '', put('create', object), signal),
    apply(type, object, { fieldManager, subresource }, signal) {
      const query = `?${new URLSearchParams({ fieldManager, force: 'true' })}`;
      const request = { verb: 'apply', method: 'PATCH', contentType: APPLY_PATCH, body: object, query } as const;
      return send(type, object.metadata, subresource === undefined ? '' : `/${subresource}`, request, signal);
    },
    mergePatch: (type, place, patch, signal) => send(type, place, '', merge(patch), signal),
    patchStatus: (type, place, status, signal) => send(type, place, '/status', merge({ status }), signal),
    replace: (type, object, signal) => send(type, object.metadata, '', put('update', object), signal),
    async delete(type, place, preconditions, signal) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions };
      try {
        await send(type, place, '', { verb: 'delete', method: 'DELETE', contentType: JSON_TYPE, body }, signal);
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return false;
        throw error;
      }
    },
    close: () => agent.destroy(),
  };
}

/** Returns the error for a response: what was written, what the server said, and the rule of RBAC that is missing. */
function writeErrorOf(
  verb: Request['verb'],
  type: ResourceType,
  { name = '', namespace }: Partial<ObjectPlace>,
  {
    status,
    text,
    retryAfter,
  }: { readonly status: number; readonly text: string; readonly retryAfter: string | undefined },
): ApiError {
  const { message, details } = parseStatus(text);
  const said = message === undefined ? '' : `: ${message.slice(0, MAX_MESSAGE_LENGTH)}`;
  const what = `${verb} of ${nameOf(type)} ${namespace === undefined ? '' : `${namespace}/`}${name}`.trimEnd();
  const retrySeconds = Number(retryAfter ?? details?.retryAfterSeconds);
  const retryMillis = retrySeconds > 0 ? retrySeconds * 1000 : undefined;
  if (status !== 403) return new ApiError(`${what}: expected success, got ${status}${said}`, status, retryMillis);
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const needed = verb === 'apply' ? 'patch' : verb;
  const rule = `{apiGroups: ["${type.group}"], resources: ["${type.resource}"], verbs: ["${needed}"]}`;
  return new ApiError(`${what}: expected permission, got 403${said}; the ${kind} needs the rule ${rule}`, status);
}

function parseStatus(text: string): StatusObject {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as StatusObject) : {};
  } catch {
    return {};
  }
}
