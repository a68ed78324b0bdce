import * as crypto from 'node:crypto';
import { resolve } from 'node:path';
import type { AuditLog, Identity, IdentityOptions } from '@otelier/identity';
import { checkSharedPath } from '../component/check.ts';
import { defineExtension } from '../component/define.ts';
import { every } from '../component/every.ts';
import { createOfferingExtension } from '../component/offering-extension.ts';
import { z } from '../component/schema.ts';
import { otlpExporter } from '../telemetry/reader-config.ts';
import type { AuditForwarder } from './identity/audit-forwarder.ts';
import { checkDatabase, database, postgresOptions } from './identity/database.ts';
import { checkProvider, checkTenants, oidc, scim } from './identity/provider.ts';

const config = z.object({
  browserOrigins: z
    .array(z.string().min(1))
    .prefault([])
    .describe(
      'Origins such as `https://shop.example` or `https://*.shop.example`, whose pages may send with an API key in the query parameter `api_key`.',
    ),
  forwardAuditLog: otlpExporter
    .optional()
    .describe('An OTLP destination to which the entries of the audit log are sent as log records. Default: none.'),
  database,
  requireSecondFactor: z
    .array(z.string().min(1))
    .prefault([])
    .describe(
      'Roles whose people need one-time passwords or a passkey besides the password; `*` for everyone. Those without can only set one up after they sign in.',
    ),
  oidc,
  scim,
  directory: z
    .string()
    .min(1)
    .prefault('./.otelier/identity')
    .describe(
      'Directory of the database, or of the copy of that in PostgreSQL, and of the audit log. It is created if missing. Back it up together with the store.',
    ),
});

export const identity = defineExtension({
  summary:
    'Identifies people and programs for receivers and the workbench: accounts, API keys, roles, tenants, audit log.',
  stability: 'alpha',
  config,
  examples: [
    { title: 'The database beside the store', config: {} },
    {
      title: 'People sign in with a provider',
      config: {
        oidc: {
          name: 'Keycloak',
          issuer: 'https://id.example.com/realms/main',
          client_id: 'otelier',
          client_secret: `\${env:OIDC_SECRET:-secret}`,
          redirect_url: 'https://otel.example.com/sign-in/callback',
          roles: [
            { group: 'sre', role: 'admin' },
            { group: 'shop', role: 'viewer', tenant: 'shop' },
          ],
        },
      },
    },
    {
      title: 'The audit log is sent to another server',
      config: { forward_audit_log: { protocol: 'http/protobuf', endpoint: 'https://audit.example.com:4318' } },
    },
    {
      title: 'A provider manages accounts and groups by SCIM',
      config: { scim: { roles: [{ group: 'sre', role: 'admin' }] } },
    },
    {
      title: 'Several gateways share a PostgreSQL database',
      config: {
        database: { postgres: { url: `\${env:IDENTITY_DATABASE:-postgresql://otelier@db.example.com/otelier}` } },
      },
    },
    { title: 'Administrators need a second factor', config: { require_second_factor: ['admin'] } },
    { title: 'Another directory', config: { directory: '/var/lib/otelier/identity' } },
  ],
  describe: ({ directory }) => directory,
  runsIn: 'everyThread',
  authenticates: () => ['incoming'],
  check: (options, use) => [
    ...checkSharedPath(options, 'directory', use),
    ...checkDatabase(options.database),
    ...checkProvider(options.oidc),
    ...checkTenants(['scim', 'roles'], options.scim?.roles ?? []),
    ...('argon2' in crypto
      ? []
      : [{ path: [], message: `expected Node 24.7 or later, whose node:crypto has argon2, got ${process.version}` }]),
  ],
  create(
    {
      directory,
      browserOrigins,
      forwardAuditLog,
      requireSecondFactor,
      database: { postgres },
      oidc: provider,
      scim: provisioned,
    },
    { clock, logger, host },
  ) {
    let log: AuditLog | undefined;
    let opened: Identity | undefined;
    let forwarder: AuditForwarder | undefined;
    const unlessUnavailable = async (work: Promise<void> | undefined): Promise<void> => {
      try {
        await work;
      } catch (error) {
        // That the database is not reached is logged when it begins.
        if (!(error instanceof Error) || error.name !== 'IdentityUnavailableError') throw error;
      }
    };
    const flushing = every({ clock, logger }, FLUSH_MILLIS, () => unlessUnavailable(opened?.flush()));
    const following = every({ clock, logger }, FOLLOW_MILLIS, () => unlessUnavailable(opened?.follow()));
    const openWith = async (options: IdentityOptions, isFirst: boolean): Promise<Identity> => {
      if (postgres === undefined) return (await import('@otelier/identity')).openIdentity(options);
      const { openIdentityCopy, openSharedIdentity } = await import('@otelier/identity/postgres');
      const shared = { ...options, postgres: await postgresOptions(postgres, { clock, logger }) };
      return isFirst ? openSharedIdentity(shared) : openIdentityCopy(shared);
    };
    const open = async (): Promise<Identity> => {
      const { AuditLog } = await import('@otelier/identity');
      const onError = (error: unknown): void => logger.error({ err: error }, 'audit log not written');
      // Worker threads serve no page, and the threads of receivers record nothing.
      if (host.configuration !== undefined) log = AuditLog.open({ directory: resolve(directory), onError });
      const recorder = log;
      const options: IdentityOptions = {
        directory: resolve(directory),
        now: () => clock.now(),
        oidc: provider,
        browserOrigins,
        groupGrants: provisioned?.roles,
        secondFactorFor: requireSecondFactor,
        audit: recorder && ((event) => recorder.record(event)),
      };
      opened = await openWith(options, host.configuration !== undefined);
      await flushing.start();
      await following.start();
      if (recorder !== undefined && forwardAuditLog !== undefined) {
        const { AuditForwarder } = await import('./identity/audit-forwarder.ts');
        forwarder = new AuditForwarder({ directory: resolve(directory), otlp: forwardAuditLog, clock, logger });
        await forwarder.start();
      }
      return opened;
    };
    return createOfferingExtension(open, async () => {
      await flushing.shutdown();
      await following.shutdown();
      await opened?.close();
      await log?.flush();
      await forwarder?.shutdown();
      await log?.close();
    });
  },
});

/** How often the times at which keys were used are written. */
const FLUSH_MILLIS = 30_000;

/** How often a thread applies what other threads and processes have changed about tenants. */
const FOLLOW_MILLIS = 1000;
