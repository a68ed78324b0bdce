import { inputFile, z } from '../../component/schema.ts';

/** The fields of an issuer that can also stand beside `providers`. */
export const providerFields = {
  audience: z.string().prefault('').describe('Value that the claim `aud` must contain.'),
  ignoreAudience: z.boolean().prefault(false).describe('Whether to accept tokens for any audience.'),
  issuerCaPath: inputFile().optional().describe('PEM file with the CA certificates of the issuer.'),
  usernameClaim: z.string().prefault('').describe('Claim with the name of the sender. Default: `sub`.'),
  groupsClaim: z.string().prefault('').describe('Claim with the groups of the sender, which must be present.'),
};

/** Schema of one issuer. */
export const providerSchema = z.object({
  issuerUrl: z.url({ protocol: /^https?$/ }).describe('URL of the issuer, as in the claim `iss`.'),
  ...providerFields,
  ignoreIssuer: z
    .boolean()
    .prefault(false)
    .describe('Whether to accept tokens with any value of `iss`. Only with a single provider.'),
  publicKeysFile: inputFile()
    .optional()
    .describe('File with a JWK set, used instead of the keys of the issuer and reloaded when it changes.'),
});

/** Configuration of one issuer. */
export type OidcProvider = z.output<typeof providerSchema>;
