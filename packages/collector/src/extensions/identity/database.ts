import type { PostgresOptions } from '@otelier/identity/postgres';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { ConfigIssue } from '../../component/define.ts';
import { clientTlsWithoutLists } from '../../component/fields/client.ts';
import { duration, secret, z } from '../../component/schema.ts';

const postgres = z.object({
  url: secret()
    .min(1)
    .describe('Address of the database, such as `postgresql://otelier:password@db.example.com:5432/otelier`.'),
  tls: clientTlsWithoutLists().prefault({}).describe('TLS of the connection.'),
  maxOutage: duration()
    .prefault('1h')
    .describe(
      'How long callers are identified by the copy in `directory` while PostgreSQL cannot be reached. Later, requests are rejected with 503.',
    ),
});

/** The options of a database that several gateways share. */
export const database = z
  .object({
    postgres: postgres
      .optional()
      .describe('A PostgreSQL database with the state of all gateways. Default: a SQLite file in `directory`.'),
  })
  .prefault({})
  .describe('Where accounts, keys, roles, sessions and tenants are kept.');

type DatabaseConfig = z.output<typeof database>;

/** Returns what is wrong with the options beyond their types, without their values. */
export function checkDatabase({ postgres: options }: DatabaseConfig): readonly ConfigIssue[] {
  if (options === undefined) return [];
  const path = ['database', 'postgres', 'url'];
  if (!/^postgres(?:ql)?:\/\//.test(options.url) || !URL.canParse(options.url))
    return [{ path, message: 'expected a URL such as postgresql://otelier:password@db.example.com/otelier' }];
  const ssl = [...new URL(options.url).searchParams.keys()].find((name) => name.startsWith('ssl'));
  return ssl === undefined ? [] : [{ path, message: `expected no parameter ${ssl}; set tls instead` }];
}

/** Converts the options for the library. */
export async function postgresOptions(
  { url, tls, maxOutage }: NonNullable<DatabaseConfig['postgres']>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<PostgresOptions> {
  const { requestTls } = await import('../../component/http/request-tls.ts');
  return {
    url,
    tls: tls.insecure ? undefined : requestTls(tls, clock),
    maxOutageMillis: maxOutage,
    onState({ isReachable, reason }) {
      if (isReachable) logger.info('identity database reached again');
      else logger.warn({ reason }, 'identity database not reached; nothing can be changed and no one can sign in');
    },
  };
}
