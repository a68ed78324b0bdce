import type { AccessControl, CallerRequest, PasskeySignIn } from '@otelier/identity';
import { z } from 'zod';
import { ApiProblem } from '../../../api/problem.ts';
import { readJsonBody } from '../../../request/request-body.ts';
import { isSecure, sessionCookie } from '../../../request/session-cookie.ts';

const MAX_BODY_BYTES = 65_536;
const text = z.string().max(8192);
const signature = z.object({ id: text, clientData: text, authenticatorData: text, signature: text });

/** Returns what a browser signs with a passkey. */
export async function beginPasskeySignIn(control: AccessControl, caller: CallerRequest): Promise<Response> {
  return Response.json(await required(control).begin(caller));
}

/** Signs a person in with the signature of a passkey. */
export async function finishPasskeySignIn(
  control: AccessControl,
  request: Request,
  caller: CallerRequest,
): Promise<Response> {
  const parsed = signature.safeParse(await readJsonBody(request, MAX_BODY_BYTES));
  if (!parsed.success) throw new ApiProblem('bad_request', 'body: expected the signature of a passkey');
  const result = await required(control).finish(caller, parsed.data);
  if (result.kind === 'limited')
    throw new ApiProblem('too_many_requests', result.reason, { 'retry-after': String(result.retryAfterSeconds) });
  if (result.kind === 'unavailable') throw new ApiProblem('unavailable', result.reason, { 'retry-after': '5' });
  if (result.kind === 'refused') throw new ApiProblem('unauthorized', result.reason);
  await control.signOut(caller);
  const cookie = sessionCookie(result.secret, result.maxAgeSeconds, isSecure(caller));
  return Response.json({ signedIn: true }, { headers: { 'set-cookie': cookie } });
}

function required({ passkeySignIn }: AccessControl): PasskeySignIn {
  if (passkeySignIn !== undefined) return passkeySignIn;
  throw new ApiProblem('not_found', 'path: this process has no passkeys');
}
