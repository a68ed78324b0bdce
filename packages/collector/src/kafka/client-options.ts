import { localContext } from '@otelier/otlp';
import { createClientTls } from '@otelier/transport/tls';
import type { BaseOptions, SASLOptions } from '@platformatic/kafka';
import { isClientAuthenticator } from '../component/auth/client-auth.ts';
import type { ComponentContext } from '../component/contract.ts';
import { clientTlsOptions } from '../component/fields/client.ts';
import type { KafkaClientConfig } from './client-fields.ts';

/** Returns the options of a client of the library, which reads the TLS files. Call it when the component starts. */
export function kafkaClientOptions(config: KafkaClientConfig, context: ComponentContext): BaseOptions {
  const { brokers, clientId, rackId, dialTimeout, tls, metadata } = config;
  const sasl = saslOptions(config, context);
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: dialTimeout,
    retryDelay: Math.max(metadata.retry.backoff, 1),
    ...(rackId !== '' && { clientRack: rackId }),
    ...(!tls.insecure && { tls: currentTls(config, context) }),
    ...(tls.serverNameOverride !== undefined && { tlsServerName: tls.serverNameOverride }),
    ...(sasl && { sasl }),
  };
}

/** Returns options that the library copies for each connection: those of the current files. */
function currentTls({ tls }: KafkaClientConfig, { clock }: ComponentContext): NonNullable<BaseOptions['tls']> {
  const material = createClientTls(clientTlsOptions(tls), clock);
  return {
    ...material.connectOptions(),
    get secureContext() {
      return material.connectOptions().secureContext;
    },
  };
}

function saslOptions(
  { auth: { sasl, plainText } }: KafkaClientConfig,
  context: ComponentContext,
): SASLOptions | undefined {
  if (plainText !== undefined) return { mechanism: 'PLAIN', ...plainText };
  if (sasl === undefined) return undefined;
  const { mechanism, username, password, oauthbearerTokenSource } = sasl;
  if (mechanism !== 'OAUTHBEARER') return { mechanism, username, password };
  return { mechanism, token: () => tokenOf(oauthbearerTokenSource ?? '', context) };
}

const BEARER = /^bearer\s+/i;

/** Returns the token that an extension adds to requests. */
async function tokenOf(extension: string, { host, clock }: ComponentContext): Promise<string> {
  const offered = host.extension(extension)?.offers;
  if (!isClientAuthenticator(offered))
    throw new Error(
      `auth.sasl.oauthbearer_token_source: expected an extension that adds credentials, got "${extension}"`,
    );
  const { signal } = new AbortController();
  const authorized = await offered.authorize({ headers: {}, context: localContext(clock.now()), signal });
  if (authorized.kind !== 'authorized') throw new Error(authorized.reason);
  const header = authorized.headers['authorization'] ?? '';
  if (!BEARER.test(header)) throw new Error(`${extension}: expected a bearer token, got other credentials`);
  return header.replace(BEARER, '');
}
