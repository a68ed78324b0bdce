import { crc32 } from 'node:zlib';
import { membersOf } from '../byte-classes.ts';

/** A token that starts with the prefix of its vendor. */
export interface TokenFormat {
  readonly prefix: string;
  /** The characters after the prefix, and how many there are. */
  readonly characters: Uint8Array;
  readonly min: number;
  readonly max: number;
  /** Checks the complete token, where a vendor includes a checksum or parts. */
  readonly check?: (token: string) => boolean;
}

const LETTERS_AND_DIGITS = membersOf(/[A-Za-z0-9]/);
const BASE32 = membersOf(/[A-Z2-7]/);
const UPPER_AND_DIGITS = membersOf(/[A-Z0-9]/);
const HEX = membersOf(/[0-9a-f]/);
const URL_SAFE = membersOf(/[A-Za-z0-9_-]/);
const DOTTED = membersOf(/[A-Za-z0-9_.-]/);
const BASE64 = membersOf(/[A-Za-z0-9_+/=.-]/);
const PATH = membersOf(/[A-Za-z0-9/]/);

const ANY = 1000;

/** Formats by vendor: prefixes, characters, minimum and maximum length after the prefix, check. */
const ROWS: readonly (readonly [string, Uint8Array, number, number, ((token: string) => boolean)?])[] = [
  // GitHub, npm: the last six characters are a CRC-32.
  ['ghp_ gho_ ghu_ ghr_ npm_', LETTERS_AND_DIGITS, 36, 36, hasBase62Checksum],
  ['ghs_', DOTTED, 36, ANY, (token) => token.length > 40 || hasBase62Checksum(token)],
  ['github_pat_', membersOf(/[A-Za-z0-9_]/), 82, 82],
  // GitLab
  ['glpat- gldt- glrt- glptt- glft- glsoat- glcbt- glimt- glagent- gloas-', DOTTED, 20, 200],
  // Amazon Web Services: IDs of access keys.
  ['AKIA ASIA ABIA ACCA', BASE32, 16, 16],
  // Slack
  [
    'xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxe- xoxe. xapp-',
    membersOf(/[A-Za-z0-9.-]/),
    20,
    300,
    (token) => /\d/.test(token),
  ],
  ['hooks.slack.com/services/ hooks.slack.com/workflows/', PATH, 30, 100, (token) => /\/[TA]\w{8,}\/\w/.test(token)],
  // Stripe: secret and restricted keys, secrets of webhooks. `pk_` is public.
  ['sk_live_ sk_test_ rk_live_ rk_test_', LETTERS_AND_DIGITS, 16, 247],
  ['whsec_', membersOf(/[A-Za-z0-9+/=]/), 24, 100],
  // Google
  ['AIza', URL_SAFE, 35, 35],
  ['ya29.', URL_SAFE, 30, ANY],
  ['GOCSPX-', URL_SAFE, 28, 28],
  // SendGrid, Mailgun, Mailchimp
  ['SG.', DOTTED, 66, 66, (token) => /^SG\.[\w-]{22}\.[\w-]{43}$/.test(token)],
  // OpenAI, Anthropic, Hugging Face
  ['sk-proj- sk-svcacct- sk-admin-', URL_SAFE, 40, ANY],
  ['sk-ant-', URL_SAFE, 80, 200],
  ['sk-', LETTERS_AND_DIGITS, 48, 48],
  ['hf_', LETTERS_AND_DIGITS, 34, 37],
  // Registries and hosts
  ['pypi-AgEI', URL_SAFE, 50, ANY],
  ['dckr_pat_ dckr_oat_', URL_SAFE, 27, 40],
  ['dop_v1_ doo_v1_ dor_v1_', HEX, 64, 64],
  ['shpat_ shpca_ shppa_ shpss_', membersOf(/[0-9a-fA-F]/), 32, 32],
  ['dapi', HEX, 32, 32],
  ['hvs. hvb. hvr.', URL_SAFE, 24, 300],
  // Grafana: service accounts end in a CRC-32 in hexadecimal.
  ['glsa_', membersOf(/[A-Za-z0-9_]/), 41, 41, hasHexChecksum],
  ['glc_', BASE64, 32, ANY],
  ['lin_api_', LETTERS_AND_DIGITS, 40, 40],
  ['ntn_', LETTERS_AND_DIGITS, 43, 50],
  ['PMAK-', membersOf(/[0-9a-f-]/), 59, 59],
  ['NRAK-', UPPER_AND_DIGITS, 27, 27],
  ['NRJS-', HEX, 19, 19],
  ['sntrys_eyJ', BASE64, 50, ANY],
  ['AGE-SECRET-KEY-1', UPPER_AND_DIGITS, 58, 58],
  ['sbp_', HEX, 40, 40],
  ['pscale_tkn_ pscale_pw_ pscale_oauth_', DOTTED, 32, 64],
  ['ATATT3', BASE64, 180, 250],
  ['EAAA', URL_SAFE, 60, 60],
  ['sq0csp- sq0atp-', URL_SAFE, 22, 43],
  ['xkeysib-', membersOf(/[0-9a-zA-Z-]/), 81, 81],
  ['dp.pt. dp.st. dp.ct.', membersOf(/[A-Za-z0-9._-]/), 40, 70],
  ['rubygems_', HEX, 48, 48],
  ['oy2', membersOf(/[a-z0-9]/), 43, 43],
  ['key-', HEX, 32, 32],
  ['SK', HEX, 32, 32],
  ['figd_ rnd_ PRIVATE-', URL_SAFE, 30, 60],
  ['shippo_live_ shippo_test_', HEX, 40, 40],
  ['duffel_live_ duffel_test_', URL_SAFE, 43, 43],
  // Keys of this program: an ID of twelve digits and a secret.
  ['otl_', URL_SAFE, 56, 56],
];

/** All formats. */
export const TOKEN_FORMATS: readonly TokenFormat[] = ROWS.flatMap(([prefixes, characters, min, max, check]) =>
  prefixes.split(' ').map((prefix) => ({ prefix, characters, min, max, ...(check && { check }) })),
);

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The last six characters are the CRC-32 of the characters after the prefix, in base 62. */
function hasBase62Checksum(token: string): boolean {
  const body = token.slice(4, -6);
  let value = 0;
  for (const char of token.slice(-6)) value = value * 62 + BASE62.indexOf(char);
  return crc32(body) === value;
}

/** The last eight characters are the CRC-32 of the other ones, in hexadecimal. */
function hasHexChecksum(token: string): boolean {
  return crc32(token.slice(0, -9)).toString(16).padStart(8, '0') === token.slice(-8) && token.at(-9) === '_';
}
