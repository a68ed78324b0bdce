import type { CallerRequest } from '@otelier/identity';
import { noticeText, type SignInNotice, type SignInTexts, textsFor } from './texts.ts';

/** What the form shows. */
export interface SignInPage {
  readonly status: number;
  /** The path to open after signing in. */
  readonly next: string;
  readonly notice: SignInNotice;
  /** What was typed as the email address before. */
  readonly email?: string | undefined;
  /** The name of a provider that people may sign in with instead. */
  readonly provider?: string | undefined;
}

/** Returns the form for signing in, in the language of the browser. It works without scripts. */
export function signInPage(caller: CallerRequest, page: SignInPage): Response {
  const { language, texts } = textsFor(caller.headers.get('accept-language'));
  const title = texts.title.replace('{host}', () => escapeHtml(caller.url.host));
  const provider = page.provider === undefined ? '' : `${providerLink(page.provider, page.next, texts)}\n`;
  const content = `${provider}${form(page, texts)}
${passkeyButton(page.next, texts)}
<p class="help">${texts.help}</p>`;
  return formPage(
    {
      ...{ language, texts, title, content, status: page.status },
      note: page.next === '/' ? undefined : texts.next,
      message: noticeText(page.notice, texts, page.provider),
      isInfo: page.notice.kind === 'code_needed',
    },
    caller,
  );
}

/** A page with a form, before a person has signed in. */
export interface FormPage {
  readonly language: string;
  readonly texts: SignInTexts;
  readonly status: number;
  /** HTML of the heading. */
  readonly title: string;
  readonly note?: string | undefined;
  /** Text that says what happened. */
  readonly message: string | undefined;
  readonly isInfo?: boolean;
  /** HTML below it. */
  readonly content: string;
}

/** Returns a page with a form. */
export function formPage({ language, texts, ...page }: FormPage, { url }: CallerRequest): Response {
  const body = `<main><div class="box"><p class="brand">${LOGO}otelier</p>
<div><h1>${page.title}</h1>${page.note === undefined ? '' : `<p class="note">${page.note}</p>`}</div>
${page.message === undefined ? '' : `<p class="message${page.isInfo === true ? ' info' : ''}" role="alert">${escapeHtml(page.message)}</p>`}
${page.content}</div></main>
<aside><section><h2>${texts.connection}</h2><dl><dt>${texts.address}</dt><dd>${escapeHtml(url.origin)}</dd><dt>${texts.session}</dt><dd>${texts.sessionText}</dd></dl></section>
<section><h2>${texts.recorded}</h2><dl><dt>${texts.signIn}</dt><dd>${texts.signInText}</dd><dt>${texts.cookies}</dt><dd>${texts.cookiesText}</dd></dl></section></aside>`;
  const document = `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="dark light"><title>${texts.submit} · otelier</title><link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/sign-in.css"><script src="/theme.js"></script></head><body>${body}</body></html>`;
  return new Response(document, { status: page.status, headers: { 'content-type': 'text/html; charset=utf-8' } });
}

/**
 * Returns a page that opens an address, and sets cookies. Unlike after a redirect, the browser sends cookies that are `SameSite=Strict` to
 * this server even if it came from another host.
 */
export function continuePage(location: string, cookies: readonly string[]): Response {
  const address = escapeHtml(location);
  const document = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${address}"><title>otelier</title></head><body><a href="${address}">Continue</a></body></html>`;
  const headers = new Headers({ 'content-type': 'text/html; charset=utf-8' });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(document, { headers });
}

const LOGO =
  '<svg viewBox="0 0 16 16" aria-hidden="true"><rect x="1" y="2" width="9" height="3" rx=".5"/><rect x="4" y="6.5" width="11" height="3" rx=".5"/><rect x="7" y="11" width="5" height="3" rx=".5"/></svg>';

function form({ next, notice, provider, email = '' }: SignInPage, texts: SignInTexts): string {
  const needsCode = notice.kind === 'code_needed';
  const field = (label: string, attributes: string): string => `<label>${label}<input ${attributes}></label>`;
  return `<form method="post" action="/sign-in"><input type="hidden" name="next" value="${escapeHtml(next)}">
${field(texts.email, `type="email" name="email" autocomplete="username" value="${escapeHtml(email)}" required${needsCode ? '' : ' autofocus'}`)}
${field(texts.password, `type="password" name="password" autocomplete="current-password" required${needsCode ? ' autofocus' : ''}`)}
${needsCode ? field(texts.code, 'name="code" autocomplete="one-time-code" required') : ''}
<button${provider === undefined ? '' : ' class="second"'}>${texts.submit}</button></form>`;
}

/** Returns the button that `sign-in.js` shows where the browser has passkeys. */
function passkeyButton(next: string, texts: SignInTexts): string {
  const data = `data-passkey data-next="${escapeHtml(next)}" data-failed="${escapeHtml(texts.passkeyFailed)}"`;
  return `<button type="button" class="second" hidden ${data}>${texts.passkey}</button><script src="/sign-in.js" defer></script>`;
}

function providerLink(name: string, next: string, texts: SignInTexts): string {
  const href = `/sign-in/provider?${new URLSearchParams({ next })}`;
  return `<a class="btn" href="${escapeHtml(href)}">${escapeHtml(texts.with.replace('{name}', () => name))}</a><div class="or">${texts.or}</div>`;
}

/** Escapes a text for HTML and its attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
