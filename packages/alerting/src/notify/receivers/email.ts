import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { EmailConfig } from '../config/model.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';
import { errorMessage } from './error-message.ts';
import { tlsOptions } from './http-request.ts';
import type { Integration, Notification, SendResult } from './integration.ts';
import { readSecret, withoutSecrets } from './secrets.ts';

/** Largest response of a server. */
const MAX_RESPONSE_BYTES = 64 << 10;
const TIMEOUT_MILLIS = 30_000;

/** Sends mails by SMTP. Attempts of a notification have the same Message-Id, by which mail servers recognize a copy. */
export function createEmail(config: EmailConfig, templates: NotificationTemplates): Integration {
  return {
    async send(notification, signal) {
      const { data, isRepeated } = notification;
      const render = (text: string) => templates.text(text, data);
      const { Subject, From, To, ...others } = Object.fromEntries(
        Object.entries(config.headers).map(([name, text]) => [name, render(text)]),
      );
      const [from, to] = [render(config.from), render(config.to)];
      const mail = {
        from: From ?? from,
        to: To ?? to,
        envelope: { from, to },
        subject: Subject ?? render('{{ template "email.default.subject" . }}'),
        messageId: `<${notification.id}@${hostname()}>`,
        date: new Date(data.nowMillis),
        headers: {
          ...others,
          ...threadHeaders(config, notification),
          ...(isRepeated && { 'X-Otelier-Repeated': 'true' }),
        },
        ...(config.text !== '' && { text: render(config.text) }),
        ...(config.html !== '' && { html: templates.html(config.html, data) }),
        // A template cannot make the program read files or URLs.
        disableFileAccess: true,
        disableUrlAccess: true,
      };
      return sendMail(config, mail, signal);
    },
  };
}

async function sendMail(config: EmailConfig, mail: object, signal: AbortSignal): Promise<SendResult> {
  const secrets: string[] = [];
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host: config.host,
    port: config.port,
    secure: config.isImplicitTls,
    requireTLS: config.requiresTls && !config.isImplicitTls,
    ignoreTLS: !config.requiresTls,
    name: config.hello,
    tls: { servername: config.host, ...tlsOptions(config.tls) },
    connectionTimeout: TIMEOUT_MILLIS,
    greetingTimeout: TIMEOUT_MILLIS,
    socketTimeout: TIMEOUT_MILLIS,
    maxResponseSize: MAX_RESPONSE_BYTES,
    ...authOf(config, secrets),
  });
  let abort = () => {};
  try {
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(new Error('no response in time'));
      signal.addEventListener('abort', abort, { once: true });
    });
    await Promise.race([transport.sendMail(mail), aborted]);
    return { kind: 'delivered' };
  } catch (error) {
    return failureOf(error, signal, secrets);
  } finally {
    signal.removeEventListener('abort', abort);
    transport.close();
  }
}

function authOf({ username, password, secret, identity }: EmailConfig, secrets: string[]): object {
  if (username === '') return {};
  const source = secret ?? password;
  const pass = source === undefined ? '' : readSecret(source);
  const plain = Buffer.from([identity, username, pass].join('\0')).toString('base64');
  secrets.push(pass, plain);
  return {
    auth: { user: username, pass },
    ...(secret !== undefined && { authMethod: 'CRAM-MD5' }),
    // nodemailer sends no authorization identity (RFC 4616) of its own.
    ...(identity !== '' && {
      customAuth: {
        PLAIN: async ({ sendCommand }: CustomAuth) => {
          const { status, response } = await sendCommand(`AUTH PLAIN ${plain}`);
          if (status !== 235) throw new Error(`Invalid login: ${response}`);
        },
      },
    }),
  };
}

/** What nodemailer passes to a method of authentication. */
interface CustomAuth {
  readonly sendCommand: (command: string) => Promise<{ readonly status: number; readonly response: string }>;
}

/** Mails of a group, or of its day, are shown as one thread: each replies to a mail that was never sent. */
function threadHeaders({ thread }: EmailConfig, { data }: Notification): Readonly<Record<string, string>> {
  if (thread === 'none') return {};
  const key = createHash('sha256').update(data.groupKey).digest('hex').slice(0, 16);
  const day = thread === 'day' ? new Date(data.nowMillis).toISOString().slice(0, 10) : '';
  const root = `<alert-${key}-${day}@otelier>`;
  return { References: root, 'In-Reply-To': root };
}

/** What nodemailer's errors tell. */
interface MailError {
  readonly responseCode?: number;
  readonly command?: string;
}

function failureOf(cause: unknown, signal: AbortSignal, secrets: readonly string[]): SendResult {
  const { responseCode = 0, command = '' } = cause as MailError;
  const error = withoutSecrets(errorMessage(cause), secrets);
  if (responseCode >= 500 && responseCode < 600) return { kind: 'failed', error };
  // The server may have taken the mail when the connection ends during or after DATA.
  const isOutcomeUnknown = responseCode === 0 && (command === 'DATA' || signal.aborted);
  return { kind: 'retry', error, afterMillis: undefined, isOutcomeUnknown };
}
