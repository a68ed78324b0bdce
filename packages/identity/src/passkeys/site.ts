import { IdentityChangeError } from '../accounts/errors.ts';
import type { CallerRequest } from '../caller-request.ts';
import type { PasskeySite } from './verify-passkey.ts';

/** Returns the site of a request of the page, which the API has compared with the host. Throws an `IdentityChangeError`. */
export function siteOf({ headers, url }: CallerRequest): PasskeySite {
  const origin = headers.get('origin');
  if (origin === null || !URL.canParse(origin))
    throw new IdentityChangeError('origin: expected a request of the page itself');
  const { hostname, protocol } = new URL(origin);
  if (protocol !== 'https:' && hostname !== 'localhost')
    throw new IdentityChangeError(`passkey: expected the page by HTTPS, or at localhost, got ${url.origin}`);
  return { origin, rpId: hostname };
}
