import { issuesOf } from '../component/check.ts';
import { defineExtension } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { OidcAuthenticator, readProviderFiles } from './oidc/authenticator.ts';
import { type OidcProvider, providerFields, providerSchema } from './oidc/provider.ts';

const config = z
  .object({
    attribute: z
      .string()
      .min(1)
      .prefault('authorization')
      .describe('Header with the token, after a scheme such as `Bearer`.'),
    providers: z.array(providerSchema).prefault([]).describe('Issuers of tokens.'),
    issuerUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Issuer of tokens, as an alternative to `providers`, like the following fields.'),
    ...providerFields,
  })
  .superRefine((options, issues) => {
    const all = providersOf(options);
    const issue = (message: string) => issues.addIssue({ code: 'custom', message, path: [] });
    if (all.length === 0) issue('expected providers or issuer_url');
    for (const { audience, ignoreAudience, issuerUrl } of all)
      if (audience === '' && !ignoreAudience) issue(`expected audience or ignore_audience for ${issuerUrl}`);
    if (all.length > 1 && all.some(({ ignoreIssuer }) => ignoreIssuer))
      issue('expected ignore_issuer only with a single provider');
    if (new Set(all.map(({ issuerUrl }) => issuerUrl)).size < all.length) issue('expected each issuer_url once');
  });

export const oidc = defineExtension({
  summary: 'Authenticates the requests of receivers with signed tokens of OpenID Connect issuers.',
  stability: 'beta',
  config,
  examples: [
    {
      title: 'Tokens of one issuer for an audience',
      config: { providers: [{ issuer_url: 'https://login.example.com/realms/telemetry', audience: 'otelier' }] },
    },
    {
      title: 'Keys in a file, without requests to the issuer',
      config: {
        providers: [
          { issuer_url: 'https://login.example.com', audience: 'otelier', public_keys_file: '/etc/otelier/jwks.json' },
        ],
      },
    },
  ],
  runsIn: 'everyThread',
  authenticates: () => ['incoming'],
  check: (options) => providersOf(options).flatMap((one) => issuesOf(() => readProviderFiles(one))),
  create: ({ attribute, ...options }, context) => new OidcAuthenticator(attribute, providersOf(options), context),
});

/** Returns all issuers. That of the fields beside `providers` is first, as in the Collector. */
function providersOf({
  providers,
  issuerUrl,
  audience,
  ignoreAudience,
  issuerCaPath,
  usernameClaim,
  groupsClaim,
}: Omit<z.output<typeof config>, 'attribute'>): readonly OidcProvider[] {
  if (issuerUrl === undefined) return providers;
  const own = { issuerUrl, audience, ignoreAudience, issuerCaPath, usernameClaim, groupsClaim };
  return [{ ...own, ignoreIssuer: false }, ...providers];
}
