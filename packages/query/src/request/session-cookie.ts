import type { CallerRequest } from '@otelier/identity';
import { HOST_SESSION_COOKIE, SESSION_COOKIE } from '@otelier/identity/access-control';
import { generateCookie } from 'hono/cookie';

/** Returns the header `Set-Cookie` with the secret of a session. */
export function sessionCookie(secret: string, maxAgeSeconds: number, secure: boolean): string {
  return generateCookie(secure ? HOST_SESSION_COOKIE : SESSION_COOKIE, secret, {
    ...{ maxAge: maxAgeSeconds, httpOnly: true, sameSite: 'Strict', path: '/' },
    secure,
  });
}

/** Reports whether a browser reached the server by HTTPS, directly or through a proxy. */
export function isSecure({ url, headers }: CallerRequest): boolean {
  return url.protocol === 'https:' || headers.get('origin')?.startsWith('https:') === true;
}
