import { Buffer } from 'node:buffer';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';

/** A mail that the server received. */
export interface ReceivedMail {
  readonly recipients: readonly string[];
  readonly text: string;
  /** Credentials of `AUTH PLAIN`, decoded. */
  readonly credentials: string;
  readonly isEncrypted: boolean;
}

/** An SMTP server that requires STARTTLS and AUTH PLAIN. */
export interface SmtpServer {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Replies to the next mails, instead of `250`. */
  readonly replies: string[];
}

/** Starts a server on a loopback port. */
export async function startSmtpServer(
  t: TestContext,
  certificate: { readonly key: string; readonly cert: string },
): Promise<SmtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket, false, result, certificate);
    socket.write('220 test\r\n');
  });
  const result = { port: 0, mails: [] as ReceivedMail[], replies: [] as string[] };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  result.port = (server.address() as AddressInfo).port;
  return result;
}

function serve(
  socket: Socket,
  isEncrypted: boolean,
  { mails, replies }: SmtpServer,
  certificate: { readonly key: string; readonly cert: string },
): void {
  let text = '';
  let isData = false;
  let credentials = '';
  let recipients: string[] = [];
  const reply = (line: string) => socket.write(`${line}\r\n`);
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') return void reply(isEncrypted ? '250-test\r\n250 AUTH PLAIN' : '250-test\r\n250 STARTTLS');
    if (verb === 'STAR') {
      reply('220 go');
      socket.removeAllListeners('data');
      const secure = new TLSSocket(socket, { isServer: true, ...certificate });
      serve(secure, true, { port: 0, mails, replies }, certificate);
      return;
    }
    if (verb === 'AUTH') {
      credentials = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
      return void reply('235 ok');
    }
    if (verb === 'RCPT') recipients = [...recipients, /<(.*)>/.exec(line)?.[1] ?? ''];
    if (verb === 'DATA') {
      isData = true;
      return void reply('354 go');
    }
    reply(verb === 'QUIT' ? '221 bye' : '250 ok');
  };
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    text += chunk.toString();
    for (;;) {
      const end = text.indexOf(isData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const line = text.slice(0, end);
      text = text.slice(end + (isData ? 5 : 2));
      if (isData) {
        isData = false;
        mails.push({ recipients, text: line, credentials, isEncrypted });
        reply(replies.shift() ?? '250 ok');
      } else {
        command(line);
      }
    }
  });
}
