import type { AccessControl } from '@otelier/identity';
import type { Context } from 'hono';
import { ApiProblem } from '../../../api/problem.ts';
import { type Callers, callerRequest } from '../callers.ts';
import type { Env, Routes } from '../routes.ts';

/** Adds the form for signing in, and the paths of a provider, where callers have an identity. The code is loaded by the first request. */
export function registerSignIn(routes: Routes, { control }: Callers): void {
  const form = () => import('./sign-in.ts');
  const provider = () => import('./provider.ts');
  const invitation = () => import('./invitation.ts');
  const passkey = () => import('./passkey.ts');
  const required = (): AccessControl => {
    const found = control();
    if (found !== undefined) return found;
    throw new ApiProblem('not_found', 'path: no extension `identity` is configured, so that no one signs in');
  };
  const callerOf = (c: Context<Env>) => callerRequest(c.req.raw, c.env.connection);
  routes.add({ method: 'GET', path: '/sign-in', permission: 'public' }, async (c) =>
    (await form()).showSignIn(required(), callerOf(c)),
  );
  routes.add({ method: 'POST', path: '/sign-in', permission: 'public' }, async (c) =>
    (await form()).signIn(required(), c.req.raw, callerOf(c)),
  );
  routes.add({ method: 'POST', path: '/sign-out', permission: 'public' }, async (c) =>
    (await form()).signOut(required(), callerOf(c)),
  );
  routes.add({ method: 'GET', path: '/sign-in/provider', permission: 'public' }, async (c) =>
    (await provider()).beginProviderSignIn(required(), callerOf(c)),
  );
  routes.add({ method: 'GET', path: '/sign-in/callback', permission: 'public' }, async (c) =>
    (await provider()).finishProviderSignIn(required(), callerOf(c)),
  );
  routes.add({ method: 'POST', path: '/sign-in/back-channel-logout', permission: 'public' }, async (c) =>
    (await provider()).logOutByProvider(required(), c.req.raw),
  );
  routes.add({ method: 'POST', path: '/sign-in/passkey/start', permission: 'public' }, async (c) =>
    (await passkey()).beginPasskeySignIn(required(), callerOf(c)),
  );
  routes.add({ method: 'POST', path: '/sign-in/passkey', permission: 'public' }, async (c) =>
    (await passkey()).finishPasskeySignIn(required(), c.req.raw, callerOf(c)),
  );
  routes.add({ method: 'GET', path: '/sign-in/invitation', permission: 'public' }, async (c) =>
    (await invitation()).showInvitation(required(), callerOf(c)),
  );
  routes.add({ method: 'POST', path: '/sign-in/invitation', permission: 'public' }, async (c) =>
    (await invitation()).acceptInvitation(required(), c.req.raw, callerOf(c)),
  );
}
