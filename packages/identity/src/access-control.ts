import type { Access, Permission } from './access.ts';
import type { Administration } from './administration/administration.ts';
import type { CallerRequest } from './caller-request.ts';
import type { PasskeyRequestOptions, PasskeySignature } from './passkeys/verify-passkey.ts';

export type { CallerRequest };

/**
 * The access of a caller, or why there is none. Reasons never contain credentials. `unauthenticated` has no or wrong
 * credentials, `forbidden` credentials that are right but may not be used now, `limited` too many requests.
 */
export type AccessResult =
  | { readonly kind: 'granted'; readonly access: Access }
  | { readonly kind: 'unauthenticated'; readonly reason: string }
  | { readonly kind: 'forbidden'; readonly reason: string }
  | { readonly kind: 'limited'; readonly reason: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** What a caller did or tried to do, for the audit log. */
export interface AccessEvent {
  /** `undefined` if the caller is not known. */
  readonly access: Access | undefined;
  readonly request: CallerRequest;
  /** The route that the request matched: `POST /api/v1/sql`. */
  readonly route: string;
  /** The permission that the route needs. */
  readonly permission: Permission | undefined;
  /** What the request changes: the name of a tenant. */
  readonly target?: string | undefined;
  readonly outcome: 'allowed' | 'denied';
  /** Status of the HTTP response. */
  readonly status: number;
}

/** What a person signs in with. */
export interface SignInRequest {
  readonly email: string;
  readonly password: string;
  /** A one-time password, if the account needs one. */
  readonly code?: string | undefined;
  readonly address: string | undefined;
  /** The header `User-Agent`. */
  readonly device: string;
}

/** The session of a person who signed in, or why there is none. */
export type SignInResult =
  | { readonly kind: 'signed_in'; readonly secret: string; readonly maxAgeSeconds: number }
  /** The password is right, and a one-time password is needed. */
  | { readonly kind: 'code_needed' }
  | { readonly kind: 'refused'; readonly reason: string; readonly isLocked?: boolean }
  | { readonly kind: 'limited'; readonly reason: string; readonly retryAfterSeconds: number }
  /** The identity database cannot be reached. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** The session of a person who returned from a provider, or why there is none. */
export type ProviderResult =
  | { readonly kind: 'signed_in'; readonly secret: string; readonly maxAgeSeconds: number; readonly next: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly rejection: ProviderRejection }
  | { readonly kind: 'unavailable'; readonly reason: string };

/**
 * Why a sign-in with a provider is refused: it has ended or began in another browser, the provider cannot be reached, its response is
 * not acceptable, it sends no address or one that is not verified, the person has no role here, the account is locked, or the address is that
 * of another account.
 */
export type ProviderRejection =
  | 'ended'
  | 'unreachable'
  | 'response'
  | 'no_address'
  | 'no_role'
  | 'locked'
  | 'other_account';

/** What a provider's request to end sessions did, or why nothing. `refused` is final; `unavailable` may succeed later. */
export type LogoutResult =
  | { readonly kind: 'ended'; readonly sessions: number }
  | { readonly kind: 'refused' | 'unavailable'; readonly reason: string };

/** Signs people in with another provider. */
export interface SignInProvider {
  /** Name that the page shows. */
  readonly name: string;
  /** Whether browsers reach this server by HTTPS, as the address for their return says. */
  readonly isSecure: boolean;
  /** Returns the address at which a browser signs in, and a secret that its cookie keeps; or why it cannot. */
  begin(
    next: string,
  ): Promise<
    | { readonly kind: 'begun'; readonly location: string; readonly binding: string }
    | Exclude<ProviderResult, { readonly kind: 'signed_in' }>
  >;
  /** Ends a sign-in with the request with which the browser returned. */
  finish(request: CallerRequest, binding: string): Promise<ProviderResult>;
  /** Ends the sessions that a logout token of the provider names (OpenID Connect Back-Channel Logout 1.0). */
  logOut(token: string): Promise<LogoutResult>;
}

/** What a person accepts an invitation with. */
export interface InvitationRequest {
  /** The secret of the link. */
  readonly token: string;
  readonly name: string;
  readonly password: string;
  readonly address: string | undefined;
  /** The header `User-Agent`. */
  readonly device: string;
}

/** The session of a person who accepted an invitation, or why there is none. */
export type InvitationResult =
  | { readonly kind: 'signed_in'; readonly secret: string; readonly maxAgeSeconds: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'limited'; readonly reason: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Creates the accounts of people who were invited. */
export interface InvitedSignIn {
  /** Returns the email address of an invitation; `undefined` if it is not valid. */
  emailOf(token: string): string | undefined;
  /** Creates the account and signs the person in. Rejects only for internal errors. */
  accept(request: InvitationRequest): Promise<InvitationResult>;
}

/** The session of a person who signed in with a passkey, or why there is none. */
export type PasskeySignInResult = InvitationResult;

/** Signs people in with passkeys. */
export interface PasskeySignIn {
  /** Returns what the browser signs. Rejects with an `IdentityChangeError` if the page is not by HTTPS. */
  begin(request: CallerRequest): Promise<PasskeyRequestOptions>;
  /** Ends a sign-in with the signature. */
  finish(request: CallerRequest, signature: PasskeySignature): Promise<PasskeySignInResult>;
}

/** The name of the cookie with the secret of a session. */
export const SESSION_COOKIE = 'otelier_identity';
/** The name of this cookie over HTTPS. Browsers accept it only from this host, for all paths, and over HTTPS. */
export const HOST_SESSION_COOKIE = `__Host-${SESSION_COOKIE}`;

/** Decides who makes a request and what this caller may do. */
export interface AccessControl {
  /** What people change about accounts, roles and keys; `undefined` if there are none. */
  readonly administration?: Administration | undefined;
  /** Identifies the caller of a request. Never throws. */
  authenticate(request: CallerRequest): AccessResult;
  /** Records what a caller did, or was refused. Never throws. */
  record(event: AccessEvent): void;
  /** Signs a person in. Rejects only for internal errors. */
  signIn(request: SignInRequest): Promise<SignInResult>;
  /** The provider with which people can sign in as well. */
  readonly provider?: SignInProvider | undefined;
  /** Signs people in with passkeys; `undefined` if it is not possible. */
  readonly passkeySignIn?: PasskeySignIn | undefined;
  /** What people do with links of invitations; `undefined` if there are none. */
  readonly invited?: InvitedSignIn | undefined;
  /** Ends the session of a request, if it has one. Resolves to the address at which that of its provider ends, if there is one. */
  signOut(request: CallerRequest): Promise<string | undefined>;
}
