import type { AccessControl, CallerRequest, ProviderResult, SignInProvider } from '@otelier/identity';
import { generateCookie } from 'hono/cookie';
import { ApiProblem } from '../../../api/problem.ts';
import { sessionCookie } from '../../../request/session-cookie.ts';
import { continuePage, signInPage } from './page.ts';
import { pathOnThisServer, readForm } from './sign-in.ts';

const BINDING_COOKIE = 'otelier_sign_in';
const BINDING_SECONDS = 600;

/** Sends a browser to the provider. A cookie binds the sign-in to it. */
export async function beginProviderSignIn(control: AccessControl, caller: CallerRequest): Promise<Response> {
  const provider = required(control);
  const next = pathOnThisServer(caller.url.searchParams.get('next'));
  const begun = await provider.begin(next);
  if (begun.kind !== 'begun') return refused(provider, caller, next, begun);
  const headers = { location: begun.location, 'set-cookie': bindingCookie(begun.binding, BINDING_SECONDS, provider) };
  return new Response(null, { status: 303, headers });
}

/** Ends the sign-in of a browser that returned from the provider. */
export async function finishProviderSignIn(control: AccessControl, caller: CallerRequest): Promise<Response> {
  const provider = required(control);
  const result = await provider.finish(caller, bindingOf(caller));
  const ended = bindingCookie('', 0, provider);
  if (result.kind !== 'signed_in') {
    const response = refused(provider, caller, '/', result);
    response.headers.append('set-cookie', ended);
    return response;
  }
  await control.signOut(caller);
  return continuePage(result.next, [sessionCookie(result.secret, result.maxAgeSeconds, provider.isSecure), ended]);
}

/** Ends the sessions that a provider names (OpenID Connect Back-Channel Logout 1.0). */
export async function logOutByProvider(control: AccessControl, request: Request): Promise<Response> {
  const form = await readForm(request);
  const result = await required(control).logOut(form.get('logout_token') ?? '');
  const headers = { 'cache-control': 'no-store' };
  if (result.kind === 'ended') return new Response(null, { status: 200, headers });
  const body = { error: 'invalid_request', error_description: result.reason };
  return Response.json(body, { status: result.kind === 'refused' ? 400 : 503, headers });
}

function required({ provider }: AccessControl): SignInProvider {
  if (provider !== undefined) return provider;
  throw new ApiProblem('not_found', 'path: no provider is configured: expected `oidc` in the extension `identity`');
}

function refused(
  { name }: SignInProvider,
  caller: CallerRequest,
  next: string,
  result: Exclude<ProviderResult, { readonly kind: 'signed_in' }>,
): Response {
  const notice = result.kind === 'unavailable' ? result : ({ ...result, kind: 'provider' } as const);
  return signInPage(caller, { status: result.kind === 'unavailable' ? 503 : 401, next, notice, provider: name });
}

/** Returns the cookie of a sign-in. It is `Lax`, because the browser returns from another host. */
function bindingCookie(binding: string, maxAge: number, { isSecure: secure }: SignInProvider): string {
  return generateCookie(secure ? `__Secure-${BINDING_COOKIE}` : BINDING_COOKIE, binding, {
    ...{ maxAge, httpOnly: true, sameSite: 'Lax', path: '/sign-in' },
    secure,
  });
}

function bindingOf({ headers }: CallerRequest): string {
  for (const cookie of (headers.get('cookie') ?? '').split(';')) {
    const [name = '', value = ''] = cookie.trim().split('=');
    if (name === BINDING_COOKIE || name === `__Secure-${BINDING_COOKIE}`) return value;
  }
  return '';
}
