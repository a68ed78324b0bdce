import type { GroupRole, OidcOptions } from '@otelier/identity';
import { isProtected } from '@otelier/identity/oidc-options';
import { isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import type { ConfigIssue } from '../../component/define.ts';
import { secret, z } from '../../component/schema.ts';

const groupRoles = z
  .array(
    z.object({
      group: z.string().min(1).describe('Group that has the role; `*` for everyone.'),
      role: z.string().min(1).describe('`admin`, `editor`, `viewer`, `ingest` or a custom role.'),
      tenant: z.string().min(1).prefault('*').describe('Tenant of the role; `*` for all and the process itself.'),
    }),
  )
  .min(1);

/** The options of a provider that manages accounts and groups. */
export const scim = z
  .object({ roles: groupRoles.describe('Roles of the groups that the provider manages.') })
  .optional()
  .describe(
    'Lets a provider manage accounts and groups by SCIM 2.0 at `/scim/v2`, with an API key that manages people. Default: no.',
  );

/** The options of a provider with which people sign in. */
export const oidc = z
  .object({
    name: z.string().min(1).max(60).prefault('OpenID Connect').describe('Name of the provider that the page shows.'),
    issuer: z.url().describe('Issuer. Below it is `/.well-known/openid-configuration`.'),
    clientId: z.string().min(1).describe('ID of otelier at the provider.'),
    clientSecret: secret().min(1).optional().describe('Secret of otelier at the provider, if it has one.'),
    redirectUrl: z
      .url()
      .describe(
        'Address of `/sign-in/callback` as browsers reach it, such as `https://otel.example.com/sign-in/callback`. Register it with the provider.',
      ),
    scopes: z
      .array(z.string().min(1))
      .prefault(['openid', 'email', 'profile'])
      .describe('Scopes that are requested. With `offline_access`, many providers let otelier ask again.'),
    groupsClaim: z
      .string()
      .min(1)
      .prefault('groups')
      .describe('Claim of the ID token with the groups of a person, such as `groups` or `realm_access.roles`.'),
    roles: groupRoles.describe('Roles of groups. Someone whose groups have none cannot sign in.'),
  })
  .optional()
  .describe('An OpenID Connect provider with which people sign in as well.');

const CALLBACK = '/sign-in/callback';

/** Returns what is wrong with the options of a provider beyond their types. */
export function checkProvider(options: OidcOptions | undefined): readonly ConfigIssue[] {
  if (options === undefined) return [];
  const { issuer, redirectUrl, scopes, roles } = options;
  const issues: ConfigIssue[] = [];
  const add = (path: readonly (string | number)[], message: string): void => {
    issues.push({ path: ['oidc', ...path], message });
  };
  for (const [name, text] of [
    ['issuer', issuer],
    ['redirect_url', redirectUrl],
  ] as const) {
    if (!isProtected(new URL(text))) add([name], `expected https, got ${JSON.stringify(text)}`);
  }
  const { pathname, search, hash } = new URL(redirectUrl);
  if (pathname !== CALLBACK || search !== '' || hash !== '')
    add(['redirect_url'], `expected a URL with the path ${CALLBACK}, got ${JSON.stringify(redirectUrl)}`);
  if (!scopes.includes('openid')) add(['scopes'], 'expected the scope openid, without which there is no ID token');
  return [...issues, ...checkTenants(['oidc', 'roles'], roles)];
}

/** Returns the roles of groups whose tenants have no valid name. */
export function checkTenants(path: ConfigIssue['path'], roles: readonly GroupRole[]): readonly ConfigIssue[] {
  return roles.flatMap(({ tenant }, index) =>
    tenant === '*' || isTenantName(tenant)
      ? []
      : [
          {
            path: [...path, index, 'tenant'],
            message: `expected * or a name of ${TENANT_NAME_RULE}, got ${JSON.stringify(tenant)}`,
          },
        ],
  );
}
