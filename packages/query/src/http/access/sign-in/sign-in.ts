import type { AccessControl, CallerRequest } from '@otelier/identity';
import { ApiProblem } from '../../../api/problem.ts';
import { readBytes } from '../../../request/request-body.ts';
import { isSecure, sessionCookie } from '../../../request/session-cookie.ts';
import { continuePage, signInPage } from './page.ts';
import { noticeOf } from './texts.ts';

/** The paths at which people sign in and out. */
export const SIGN_IN_PATH = '/sign-in';
export const SIGN_OUT_PATH = '/sign-out';

const MAX_BODY_BYTES = 8192;

/** Responds to the form for signing in: with a session, or with the form and the reason why there is none. */
export async function signIn(control: AccessControl, request: Request, caller: CallerRequest): Promise<Response> {
  const form = await readForm(request);
  const next = pathOnThisServer(form.get('next'));
  const result = await control.signIn({
    email: form.get('email') ?? '',
    password: form.get('password') ?? '',
    code: form.get('code')?.replace(/\s/g, '') || undefined,
    address: caller.address,
    device: request.headers.get('user-agent') ?? '',
  });
  if (result.kind === 'signed_in') {
    // The browser replaces the cookie of an earlier session, which must not stay valid.
    await control.signOut(caller);
    return redirect(next, sessionCookie(result.secret, result.maxAgeSeconds, isSecure(caller)));
  }
  const page = signInPage(caller, {
    status: STATUSES[result.kind],
    next,
    notice: noticeOf(result),
    email: form.get('email')?.slice(0, 320),
    provider: control.provider?.name,
  });
  if (result.kind === 'limited') page.headers.set('retry-after', String(result.retryAfterSeconds));
  return page;
}

const STATUSES = { refused: 401, code_needed: 401, limited: 429, unavailable: 503 } as const;

/** Shows the form for signing in. */
export function showSignIn(control: AccessControl, caller: CallerRequest): Response {
  const next = pathOnThisServer(caller.url.searchParams.get('next'));
  return signInPage(caller, { status: 200, next, notice: { kind: 'none' }, provider: control.provider?.name });
}

/** Ends the session of a request, and that at its provider. */
export async function signOut(control: AccessControl, caller: CallerRequest): Promise<Response> {
  const location = await control.signOut(caller);
  const cookie = sessionCookie('', 0, isSecure(caller));
  // A page, not a redirect: the policy for forms allows none to another host.
  return location === undefined ? redirect(SIGN_IN_PATH, cookie) : continuePage(location, [cookie]);
}

/** Returns the redirect of a browser without a session to the form. */
export function redirectToSignIn({ url }: CallerRequest): Response {
  const next = `${url.pathname}${url.search}`;
  return redirect(next === '/' ? SIGN_IN_PATH : `${SIGN_IN_PATH}?${new URLSearchParams({ next })}`);
}

/** Returns the redirect of a browser to the own account, which is the only view of someone who lacks a second factor. */
export function redirectToAccount({ url }: CallerRequest): Response | undefined {
  return url.pathname === ACCOUNT_PATH ? undefined : redirect(`${ACCOUNT_PATH}?tab=account`);
}

const ACCOUNT_PATH = '/admin';

/** Returns a path of this server. Browsers interpret `//host` and `/\host` as another host. */
export function pathOnThisServer(text: string | null): string {
  const url = text?.startsWith('/') === true ? URL.parse(text, BASE) : null;
  return url?.origin === BASE ? `${url.pathname}${url.search}`.replace(/^[/\\]+/, '/') : '/';
}

const BASE = 'http://this.invalid';

/** Reads the form in the body of a request. Throws an `ApiProblem`. */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const bytes = await readBytes(request, MAX_BODY_BYTES);
  if (bytes === undefined)
    throw new ApiProblem('too_large', `body: expected at most ${MAX_BODY_BYTES} bytes, got more`);
  return new URLSearchParams(Buffer.from(bytes).toString('utf8'));
}

/** Returns a redirect, which can set a cookie. */
export function redirect(location: string, cookie?: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location, ...(cookie !== undefined && { 'set-cookie': cookie }) },
  });
}
