import { readFile } from 'node:fs/promises';
import type { Authenticator, NatsConnection } from '@nats-io/nats-core';
import type { ComponentContext } from '../component/contract.ts';
import { defined } from '../component/defined.ts';
import { errorMessage } from '../component/error-message.ts';
import type { NatsClientConfig } from './client-fields.ts';

/** Connects to a server, and again whenever the connection is lost. Rejects if no server accepts the first connection. */
export async function connectToNats(config: NatsClientConfig, context: ComponentContext): Promise<NatsConnection> {
  const { connect } = await import('@nats-io/transport-node');
  const { servers, name, connectTimeout, reconnectInterval, auth, tls } = config;
  const connection = await connect({
    servers: [...servers],
    name,
    timeout: connectTimeout,
    maxReconnectAttempts: -1,
    reconnectTimeWait: Math.max(reconnectInterval, 1),
    ...(auth.token !== undefined && { token: auth.token }),
    ...(auth.username !== undefined && { user: auth.username, pass: auth.password ?? '' }),
    ...(await authenticatorOf(config)),
    ...(!tls.insecure && {
      tls: defined({
        caFile: tls.caFile,
        ca: tls.caPem,
        certFile: tls.certFile,
        cert: tls.certPem,
        keyFile: tls.keyFile,
        key: tls.keyPem,
        rejectUnauthorized: !tls.insecureSkipVerify,
        servername: tls.serverNameOverride,
      }),
    }),
  });
  void report(connection, context);
  return connection;
}

async function authenticatorOf({ auth }: NatsClientConfig): Promise<{ authenticator?: Authenticator }> {
  const { nkeySeedFile, credentialsFile } = auth;
  if (nkeySeedFile === undefined && credentialsFile === undefined) return {};
  const { credsAuthenticator, nkeyAuthenticator } = await import('@nats-io/nats-core');
  if (credentialsFile !== undefined) return { authenticator: credsAuthenticator(await readFile(credentialsFile)) };
  const seed = await readFile(nkeySeedFile ?? '', 'utf8');
  return { authenticator: nkeyAuthenticator(Buffer.from(seed.trim())) };
}

/** Reports when the connection is lost and found again. */
async function report(connection: NatsConnection, { logger, reportStatus }: ComponentContext): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') {
      logger.warn({ server: status.server }, 'connection lost, connecting again');
      reportStatus('retrying, the connection is lost');
    } else if (status.type === 'reconnect') {
      logger.info({ server: status.server }, 'connected again');
      reportStatus(undefined);
    } else if (status.type === 'error') logger.debug({ reason: errorMessage(status.error) }, 'error of the connection');
  }
}
