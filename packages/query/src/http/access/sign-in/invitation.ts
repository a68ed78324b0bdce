import type { AccessControl, CallerRequest, InvitationResult } from '@otelier/identity';
import { ApiProblem } from '../../../api/problem.ts';
import { isSecure, sessionCookie } from '../../../request/session-cookie.ts';
import { escapeHtml, formPage } from './page.ts';
import { readForm, redirect } from './sign-in.ts';
import { textsFor } from './texts.ts';

/** Shows the form of an invitation, with which a person creates the account. */
export function showInvitation(control: AccessControl, caller: CallerRequest): Response {
  const token = caller.url.searchParams.get('token') ?? '';
  return invitationPage(control, caller, { token });
}

/** Creates the account of an invitation, and signs the person in. */
export async function acceptInvitation(
  control: AccessControl,
  request: Request,
  caller: CallerRequest,
): Promise<Response> {
  const form = await readForm(request);
  const [token, name] = [form.get('token') ?? '', form.get('name') ?? ''];
  const result = await invited(control).accept({
    ...{ token, name: name.trim(), password: form.get('password') ?? '' },
    ...{ address: caller.address, device: request.headers.get('user-agent') ?? '' },
  });
  if (result.kind !== 'signed_in') return invitationPage(control, caller, { token, name, result });
  await control.signOut(caller);
  return redirect('/', sessionCookie(result.secret, result.maxAgeSeconds, isSecure(caller)));
}

const STATUSES = { refused: 400, limited: 429, unavailable: 503 } as const;

interface Attempt {
  readonly token: string;
  readonly name?: string;
  readonly result?: Exclude<InvitationResult, { readonly kind: 'signed_in' }>;
}

function invitationPage(
  control: AccessControl,
  caller: CallerRequest,
  { token, name = '', result }: Attempt,
): Response {
  const { language, texts } = textsFor(caller.headers.get('accept-language'));
  const email = invited(control).emailOf(token);
  const title = texts.invitationTitle.replace('{host}', () => escapeHtml(caller.url.host));
  if (email === undefined)
    return formPage({ language, texts, status: 404, title, message: texts.invitationEnded, content: '' }, caller);
  const field = (label: string, attributes: string): string => `<label>${label}<input ${attributes}></label>`;
  const content = `<form method="post" action="/sign-in/invitation"><input type="hidden" name="token" value="${escapeHtml(token)}">
${field(texts.email, `type="email" autocomplete="username" value="${escapeHtml(email)}" readonly`)}
${field(texts.name, `name="name" autocomplete="name" maxlength="200" value="${escapeHtml(name.slice(0, 200))}" required autofocus`)}
${field(texts.newPassword, 'type="password" name="password" autocomplete="new-password" minlength="12" maxlength="1024" required')}
<button>${texts.createAccount}</button></form>`;
  const status = result === undefined ? 200 : STATUSES[result.kind];
  const response = formPage({ language, texts, status, title, message: result?.reason, content }, caller);
  if (result?.kind === 'limited') response.headers.set('retry-after', String(result.retryAfterSeconds));
  return response;
}

function invited({ invited: found }: AccessControl): NonNullable<AccessControl['invited']> {
  if (found !== undefined) return found;
  throw new ApiProblem('not_found', 'path: this process has no invitations');
}
