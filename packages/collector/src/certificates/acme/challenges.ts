import { createSecureContext, createServer, type SecureContext } from 'node:tls';
import type { Clock } from '@otelier/transport/clock';
import { type Listener, listen } from '@otelier/transport/listen';
import { HANDSHAKE_TIMEOUT_MILLIS } from '@otelier/transport/tls';
import type { Logger } from 'pino';
import type { Extension } from '../../component/contract.ts';
import { createHttpExtension } from '../../component/http/http-extension.ts';
import { challengeServerName, createChallengeCertificate } from './challenge-certificate.ts';
import type { ChallengeResponder } from './issue-certificate.ts';

/** A server that responds to validations while there are any. */
export interface ChallengeServer extends ChallengeResponder {
  start(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Options for `createChallengeServer`. */
export interface ChallengeServerOptions {
  readonly type: ChallengeResponder['type'];
  readonly endpoint: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Creates the server of a challenge: of `http-01` (RFC 8555, section 8.3) or `tls-alpn-01` (RFC 8737). */
export function createChallengeServer(options: ChallengeServerOptions): ChallengeServer {
  return options.type === 'http-01' ? createHttpChallenges(options) : createTlsChallenges(options);
}

const PATH = '/.well-known/acme-challenge/';

function createHttpChallenges({ type, endpoint, logger }: ChallengeServerOptions): ChallengeServer {
  const pending = new Map<string, string>();
  const server: Required<Pick<Extension, 'start' | 'shutdown'>> & Extension = withLife(
    createHttpExtension({
      ...{ endpoint, logger, name: 'ACME challenge' },
      respond({ pathname }) {
        const authorization = pathname.startsWith(PATH) ? pending.get(pathname.slice(PATH.length)) : undefined;
        if (authorization === undefined) return { status: 404, body: 'there is no such challenge\n' };
        return { type: 'application/octet-stream', body: authorization };
      },
    }),
  );
  return {
    type,
    start: () => server.start(),
    shutdown: () => server.shutdown(),
    present({ token, authorization }) {
      pending.set(token, authorization);
      return () => void pending.delete(token);
    },
  };
}

function withLife(extension: Extension): Required<Pick<Extension, 'start' | 'shutdown'>> {
  return { start: async () => extension.start?.(), shutdown: async () => extension.shutdown?.() };
}

const PROTOCOL = 'acme-tls/1';

function createTlsChallenges({ type, endpoint, clock, logger }: ChallengeServerOptions): ChallengeServer {
  const pending = new Map<string, SecureContext>();
  let listener: Listener | undefined;
  const server = createServer({
    ALPNProtocols: [PROTOCOL],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MILLIS,
    SNICallback(name, done) {
      const context = pending.get(name.toLowerCase());
      if (context === undefined) done(new Error('there is no such challenge'));
      else done(null, context);
    },
  });
  // A validation is the handshake.
  server.on('secureConnection', (socket) => socket.destroy());
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return {
    type,
    async start() {
      listener = await listen(endpoint);
      listener.accept((socket) => server.emit('connection', socket));
      logger.info({ address: listener.address }, 'ACME challenge listening');
    },
    async shutdown() {
      await listener?.close();
    },
    present({ name, authorization }) {
      const serverName = challengeServerName(name);
      pending.set(serverName, createSecureContext(createChallengeCertificate(name, authorization, clock.now())));
      return () => void pending.delete(serverName);
    },
  };
}
