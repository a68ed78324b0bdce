import { nameOf, type Selection } from './resource.ts';

/** The part of a `Status` object that errors have. */
export interface StatusObject {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** An error response of the API server. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  /** HTTP status. */
  readonly status: number;
  /** Delay that the server asks for before the next request, in milliseconds. */
  readonly retryAfterMillis: number | undefined;

  constructor(message: string, status: number, retryAfterMillis?: number) {
    super(message);
    this.status = status;
    this.retryAfterMillis = retryAfterMillis;
  }

  /** Whether the requested version of the objects is no longer known, so that they must be listed again. */
  get isGone(): boolean {
    return this.status === 410;
  }
}

/** What a request does with objects, as in rules of RBAC. */
export type Verb = 'get' | 'list' | 'watch';

/** Returns the error for a response: what was requested, what the server said, and the rule of RBAC that is missing. */
export function errorOf(verb: Verb, selection: Selection, { status, body, retryAfter }: ErrorResponse): ApiError {
  const place = selection.namespace ? `in the namespace ${selection.namespace}` : 'at the cluster scope';
  const { message, details } = parseStatus(body);
  const said = message === undefined ? '' : `: ${message.slice(0, 300)}`;
  const retrySeconds = Number(retryAfter ?? details?.retryAfterSeconds);
  const retryMillis = retrySeconds > 0 ? retrySeconds * 1000 : undefined;
  const what = `${verb} of ${nameOf(selection)} ${place}`;
  if (status === 403) {
    const kind = selection.namespace ? 'Role' : 'ClusterRole';
    const { group, resource } = selection;
    const rule = `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["get", "list", "watch"]}`;
    return new ApiError(`${what}: expected permission, got 403${said}; the ${kind} needs the rule ${rule}`, status);
  }
  const hint = status === 401 ? ' (the credentials are not valid)' : '';
  return new ApiError(`${what}: expected status 200, got ${status}${hint}${said}`, status, retryMillis);
}

interface ErrorResponse {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string | undefined;
}

function parseStatus(body: string): StatusObject {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as StatusObject) : {};
  } catch {
    return {};
  }
}
