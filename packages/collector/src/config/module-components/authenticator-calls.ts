import { isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import type { Authenticator, AuthResult, RejectedSender, RequestHeaders } from '@otelier/transport';
import type { AnyAuthenticator } from '../../component/auth/authenticator.ts';
import {
  type AuthorizedRequest,
  type ClientAuthenticator,
  isClientAuthenticator,
  type OutgoingRequest,
} from '../../component/auth/client-auth.ts';
import { isAuthenticator } from '../../component/fields/server.ts';
import type { AuthenticatorDescription } from './protocol.ts';

/** The calls of an authenticator that runs in another thread. */
export interface AuthenticatorCalls {
  /** Returns what the authenticator returned. Throws if it failed. */
  authenticate(headers: RequestHeaders): unknown;
  /** Returns what the authenticator returned. Rejects if it failed. */
  authorize(request: OutgoingRequest): Promise<unknown>;
  /** Receives the error of a call that failed after others had not. */
  failed(error: unknown): void;
}

/** Returns what other threads know of what an extension offers; `undefined` if it is no authenticator. */
export function describeAuthenticator(offers: unknown): AuthenticatorDescription | undefined {
  const challenge = isAuthenticator(offers) ? offers.challenge : undefined;
  const authorizes = isClientAuthenticator(offers);
  return challenge === undefined && !authorizes ? undefined : { challenge, authorizes };
}

/** Returns an authenticator that calls one in another thread. */
export function remoteAuthenticator(
  { challenge, authorizes }: AuthenticatorDescription,
  remote: AuthenticatorCalls,
): AnyAuthenticator | undefined {
  const calls = reportOnce(remote);
  const incoming: Authenticator | undefined =
    challenge === undefined ? undefined : { challenge, authenticate: (headers) => authenticate(calls, headers) };
  const outgoing: ClientAuthenticator | undefined = authorizes
    ? { authorize: (request) => authorize(calls, request) }
    : undefined;
  if (incoming === undefined) return outgoing;
  return outgoing === undefined ? incoming : { ...incoming, ...outgoing };
}

/** Returns calls that report a failure once, until one succeeds. */
function reportOnce(calls: AuthenticatorCalls): Calls {
  let isFailing = false;
  return {
    authenticate: (headers) => calls.authenticate(headers),
    authorize: (request) => calls.authorize(request),
    succeeded() {
      isFailing = false;
    },
    failed(error) {
      if (!isFailing) calls.failed(error);
      isFailing = true;
    },
  };
}

interface Calls extends AuthenticatorCalls {
  succeeded(): void;
}

const FAILED = 'the authenticator failed';

/** The reason goes to the client, which must not see the message of an error. */
function authenticate(calls: Calls, headers: RequestHeaders): AuthResult {
  try {
    const result = calls.authenticate({ ...headers });
    calls.succeeded();
    const [kind, subject, reason, tenant] = ['kind', 'subject', 'reason', 'tenant'].map((key) => fieldOf(result, key));
    if (kind === 'authenticated' && typeof subject === 'string') {
      if (tenant === undefined) return { kind, subject };
      if (typeof tenant === 'string' && isTenantName(tenant)) return { kind, subject, tenant };
      throw new TypeError(`authenticate: expected a tenant of ${TENANT_NAME_RULE}`);
    }
    if (isRejectedKind(kind) && typeof reason === 'string') return { kind, reason };
    throw new TypeError('authenticate: expected a result such as { kind: "authenticated", subject: "shop" }');
  } catch (error) {
    calls.failed(error);
    return { kind: 'unavailable', reason: FAILED };
  }
}

async function authorize(calls: Calls, request: OutgoingRequest): Promise<AuthorizedRequest> {
  try {
    const result = await calls.authorize(request);
    calls.succeeded();
    const [kind, headers, reason] = ['kind', 'headers', 'reason'].map((key) => fieldOf(result, key));
    if (kind === 'authorized' && isHeaders(headers)) return { kind, headers };
    if ((kind === 'retry' || kind === 'refused') && typeof reason === 'string') return { kind, reason };
    throw new TypeError('authorize: expected a result such as { kind: "authorized", headers: {} }');
  } catch (error) {
    calls.failed(error);
    return { kind: 'retry', reason: FAILED };
  }
}

const KINDS: ReadonlySet<unknown> = new Set(['unauthenticated', 'unavailable', 'forbidden', 'malformed', 'busy']);

function isRejectedKind(kind: unknown): kind is RejectedSender['kind'] {
  return KINDS.has(kind);
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
}
