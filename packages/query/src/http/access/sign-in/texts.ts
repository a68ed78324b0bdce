import type { ProviderRejection, SignInResult } from '@otelier/identity';

/** Why the form is shown. */
export type SignInNotice =
  | { readonly kind: 'none' | 'code_needed' | 'wrong' | 'locked' | 'unavailable' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  /** A sign-in with another provider has failed. The reason is in English, and shown for a response that is not acceptable. */
  | { readonly kind: 'provider'; readonly rejection: ProviderRejection; readonly reason: string };

/** The texts of the form. */
export interface SignInTexts {
  readonly title: string;
  readonly next: string;
  readonly email: string;
  readonly password: string;
  readonly code: string;
  readonly submit: string;
  readonly with: string;
  readonly or: string;
  readonly help: string;
  readonly connection: string;
  readonly address: string;
  readonly session: string;
  readonly sessionText: string;
  readonly recorded: string;
  readonly signIn: string;
  readonly signInText: string;
  readonly cookies: string;
  readonly cookiesText: string;
  readonly codeNeeded: string;
  readonly wrong: string;
  readonly locked: string;
  readonly limited: string;
  readonly unavailable: string;
  readonly ended: string;
  readonly unreachable: string;
  readonly response: string;
  readonly noAddress: string;
  readonly noRole: string;
  readonly otherAccount: string;
  readonly passkey: string;
  readonly passkeyFailed: string;
  readonly invitationTitle: string;
  readonly invitationEnded: string;
  readonly name: string;
  readonly newPassword: string;
  readonly createAccount: string;
}

const EN: SignInTexts = {
  title: 'Sign in to {host}',
  next: 'The page that you asked for opens after you sign in.',
  email: 'Email address',
  password: 'Password',
  code: 'Code of your authenticator app, or one for recovery',
  submit: 'Sign in',
  with: 'Continue with {name}',
  or: 'or with an account of this otelier',
  help: 'No account? Ask who runs this otelier. All administrators locked out: run otelier identity create-user on the server.',
  connection: 'This connection',
  address: 'Address',
  session: 'Session',
  sessionText: '7 days, ends after 12 h without use',
  recorded: 'What is recorded',
  signIn: 'Sign-in, also failed',
  signInText: 'time, address, email address',
  cookies: 'Cookies',
  cookiesText: 'one, for the session',
  codeNeeded: 'This account needs a one-time code as well. Enter the password again, and the code.',
  wrong: 'The email address, the password or the code is not right.',
  locked: 'This account is locked. Ask an administrator to unlock it.',
  limited: 'Too many attempts have failed. Try again in {seconds} s.',
  unavailable: 'The database of accounts cannot be reached now. Try again in a moment.',
  ended: 'The sign-in has ended or began in another browser. Start again.',
  unreachable: '{name} cannot be reached. Try again later.',
  response: 'The response of {name} was refused: {reason}',
  noAddress: '{name} did not send an email address that it has verified.',
  noRole: 'None of your groups has a role here. Ask an administrator.',
  otherAccount: 'Another account has your email address. An administrator must remove it first.',
  passkey: 'Use a passkey',
  passkeyFailed: 'Not signed in with a passkey. Try again, or use the password.',
  invitationTitle: 'Create your account for {host}',
  invitationEnded: 'This invitation was used or withdrawn, or has expired. Ask for a new one.',
  name: 'Your name',
  newPassword: 'New password, at least 12 characters',
  createAccount: 'Create the account',
};

const DE: SignInTexts = {
  title: 'Anmelden bei {host}',
  next: 'Die angefragte Seite öffnet sich nach der Anmeldung.',
  email: 'E-Mail-Adresse',
  password: 'Passwort',
  code: 'Code der Authenticator-App oder zur Wiederherstellung',
  submit: 'Anmelden',
  with: 'Weiter mit {name}',
  or: 'oder mit einem Konto dieses oteliers',
  help: 'Kein Konto? Fragen Sie, wer diesen otelier betreibt. Alle Administratoren ausgesperrt: otelier identity create-user auf dem Server ausführen.',
  connection: 'Diese Verbindung',
  address: 'Adresse',
  session: 'Sitzung',
  sessionText: '7 Tage, endet nach 12 h ohne Nutzung',
  recorded: 'Was aufgezeichnet wird',
  signIn: 'Anmeldung, auch fehlgeschlagene',
  signInText: 'Zeit, Adresse, E-Mail-Adresse',
  cookies: 'Cookies',
  cookiesText: 'eines, für die Sitzung',
  codeNeeded: 'Dieses Konto braucht auch einen Einmalcode. Geben Sie das Passwort erneut ein, und den Code.',
  wrong: 'Die E-Mail-Adresse, das Passwort oder der Code ist nicht richtig.',
  locked: 'Dieses Konto ist gesperrt. Bitten Sie einen Administrator, es zu entsperren.',
  limited: 'Zu viele Versuche sind fehlgeschlagen. Versuchen Sie es in {seconds} s erneut.',
  unavailable: 'Die Datenbank der Konten ist gerade nicht erreichbar. Versuchen Sie es gleich erneut.',
  ended: 'Die Anmeldung ist abgelaufen oder begann in einem anderen Browser. Beginnen Sie erneut.',
  unreachable: '{name} ist nicht erreichbar. Versuchen Sie es später erneut.',
  response: 'Die Antwort von {name} wurde abgelehnt: {reason}',
  noAddress: '{name} hat keine bestätigte E-Mail-Adresse gesendet.',
  noRole: 'Keine Ihrer Gruppen hat hier eine Rolle. Fragen Sie einen Administrator.',
  otherAccount: 'Ein anderes Konto hat Ihre E-Mail-Adresse. Ein Administrator muss es zuerst entfernen.',
  passkey: 'Passkey verwenden',
  passkeyFailed: 'Nicht mit einem Passkey angemeldet. Versuchen Sie es erneut, oder verwenden Sie das Passwort.',
  invitationTitle: 'Konto für {host} anlegen',
  invitationEnded: 'Diese Einladung wurde benutzt oder zurückgezogen oder ist abgelaufen. Bitten Sie um eine neue.',
  name: 'Ihr Name',
  newPassword: 'Neues Passwort, mindestens 12 Zeichen',
  createAccount: 'Konto anlegen',
};

const ZH: SignInTexts = {
  title: '登录 {host}',
  next: '登录后将打开您请求的页面。',
  email: '电子邮件地址',
  password: '密码',
  code: '身份验证器应用的验证码或恢复码',
  submit: '登录',
  with: '使用 {name} 继续',
  or: '或使用此 otelier 的账户',
  help: '没有账户？请联系此 otelier 的管理者。所有管理员都被锁定时：在服务器上运行 otelier identity create-user。',
  connection: '此连接',
  address: '地址',
  session: '会话',
  sessionText: '7 天，12 小时未使用后结束',
  recorded: '记录内容',
  signIn: '登录（包括失败的登录）',
  signInText: '时间、地址、电子邮件地址',
  cookies: 'Cookie',
  cookiesText: '一个，用于会话',
  codeNeeded: '此账户还需要一次性验证码。请再次输入密码和验证码。',
  wrong: '电子邮件地址、密码或验证码不正确。',
  locked: '此账户已锁定。请联系管理员解锁。',
  limited: '失败次数过多。请在 {seconds} 秒后重试。',
  unavailable: '目前无法连接账户数据库。请稍后重试。',
  ended: '登录已结束，或是在另一个浏览器中开始的。请重新开始。',
  unreachable: '无法连接 {name}。请稍后重试。',
  response: '{name} 的响应被拒绝：{reason}',
  noAddress: '{name} 未发送已验证的电子邮件地址。',
  noRole: '您所在的组在此没有角色。请联系管理员。',
  otherAccount: '另一个账户使用了您的电子邮件地址。管理员须先将其移除。',
  passkey: '使用通行密钥',
  passkeyFailed: '未能使用通行密钥登录。请重试或使用密码。',
  invitationTitle: '创建 {host} 的账户',
  invitationEnded: '此邀请已被使用、撤回或已过期。请索取新的邀请。',
  name: '您的姓名',
  newPassword: '新密码，至少 12 个字符',
  createAccount: '创建账户',
};

const LANGUAGES = { en: EN, de: DE, zh: ZH } as const;

/** Returns the language of a browser, by the header `Accept-Language`, and its texts. */
export function textsFor(acceptLanguage: string | null): { readonly language: string; readonly texts: SignInTexts } {
  for (const part of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const language = part.trim().slice(0, 2).toLowerCase();
    if (Object.hasOwn(LANGUAGES, language)) return { language, texts: LANGUAGES[language as keyof typeof LANGUAGES] };
  }
  return { language: 'en', texts: EN };
}

/** Returns the message of a notice; `undefined` if there is none. */
export function noticeText(notice: SignInNotice, texts: SignInTexts, provider = ''): string | undefined {
  switch (notice.kind) {
    case 'none':
      return undefined;
    case 'code_needed':
      return texts.codeNeeded;
    case 'wrong':
      return texts.wrong;
    case 'locked':
      return texts.locked;
    case 'limited':
      return texts.limited.replace('{seconds}', String(notice.retryAfterSeconds));
    case 'provider':
      return texts[REJECTION_TEXTS[notice.rejection]]
        .replace('{name}', () => provider)
        .replace('{reason}', () => notice.reason);
    case 'unavailable':
      return texts.unavailable;
  }
}

const REJECTION_TEXTS = {
  ended: 'ended',
  unreachable: 'unreachable',
  response: 'response',
  no_address: 'noAddress',
  no_role: 'noRole',
  locked: 'locked',
  other_account: 'otherAccount',
} as const satisfies Record<ProviderRejection, keyof SignInTexts>;

/** Returns the notice of a sign-in that gave no session. */
export function noticeOf(result: Exclude<SignInResult, { readonly kind: 'signed_in' }>): SignInNotice {
  if (result.kind === 'refused') return { kind: result.isLocked === true ? 'locked' : 'wrong' };
  return result.kind === 'unavailable' ? { kind: 'unavailable' } : result;
}
