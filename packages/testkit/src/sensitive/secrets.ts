import { generateKeyPairSync, sign } from 'node:crypto';
import { BASE62, BASE64URL, type Random } from './random.ts';

const DIGITS62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** CRC-32 (polynomial 0xEDB88320), bit by bit. */
function crc(text: string): number {
  let value = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value >>> 0;
}

function base62(value: number, size: number): string {
  let rest = BigInt(value);
  let out = '';
  while (out.length < size) {
    out = DIGITS62[Number(rest % 62n)] + out;
    rest /= 62n;
  }
  return out;
}

function checked(prefix: string, random: Random): string {
  const body = random.text(BASE62, 30);
  return prefix + body + base62(crc(body), 6);
}

const HEX_UPPER_BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Returns a token of a vendor, with its checksum where it has one. */
export function vendorToken(random: Random): string {
  return random.pick(VENDORS)(random);
}

const VENDORS: readonly ((random: Random) => string)[] = [
  (random) => checked(random.pick(['ghp_', 'gho_', 'ghs_', 'ghu_', 'ghr_']), random),
  (random) => checked('npm_', random),
  (random) => `github_pat_${random.text(BASE62, 22)}_${random.text(BASE62, 59)}`,
  (random) => `glpat-${random.text(BASE64URL, 19)}x`,
  (random) => random.pick(['AKIA', 'ASIA']) + random.text(HEX_UPPER_BASE32, 16),
  (random) => `xoxb-${random.digits(12)}-${random.digits(13)}-${random.text(BASE62, 24)}`,
  (random) => `xapp-1-A0${random.text('ABCDEFGHJK0123456789', 9)}-${random.digits(13)}-${random.hex(64)}`,
  (random) =>
    `https://hooks.slack.com/services/T0${random.text('ABCDEFGH0123456789', 8)}/B0${random.text('ABCDEFGH0123456789', 8)}/${random.text(BASE62, 24)}`.slice(
      'https://'.length,
    ),
  (random) =>
    `${random.pick(['sk', 'rk'])}_${random.pick(['live', 'test'])}_${random.text(BASE62, random.pick([24, 99]))}`,
  (random) => `AIza${random.text(BASE64URL, 34)}k`,
  (random) => `ya29.a0${random.text(BASE64URL, 80)}x`,
  (random) => `SG.${random.text(BASE62, 22)}.${random.text(BASE62, 43)}`,
  (random) => `sk-ant-api03-${random.text(BASE64URL, 93)}AA`,
  (random) => `sk-proj-${random.text(BASE62, 74)}T3BlbkFJ${random.text(BASE62, 40)}`,
  (random) => `hf_${random.text(BASE62, 34)}`,
  (random) => `pypi-AgEIcHlwaS5vcmc${random.text(BASE64URL, 120)}x`,
  (random) => `dckr_pat_${random.text(BASE62, 27)}`,
  (random) => `dop_v1_${random.hex(64)}`,
  (random) => `shpat_${random.hex(32)}`,
  (random) => `hvs.${random.text(BASE64URL, 91)}x`,
  (random) => {
    const body = `glsa_${random.text(BASE62, 32)}`;
    return `${body}_${crc(body).toString(16).padStart(8, '0')}`;
  },
];

const { privateKey } = generateKeyPairSync('ed25519');

/** Returns a signed JSON web token. */
export function jwt(random: Random): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = random.pick([
    { alg: 'EdDSA', typ: 'JWT' },
    { typ: 'JWT', alg: 'HS256', kid: random.hex(8) },
    { kid: random.text(BASE62, 20), alg: 'RS256' },
  ]);
  const claims = { sub: random.digits(8), iss: 'https://id.example.com', exp: random.int(1.7e9, 1.9e9) };
  const content = `${encode(header)}.${encode(claims)}`;
  return `${content}.${sign(null, Buffer.from(content), privateKey).toString('base64url')}`;
}

/** Returns a private key in PEM, made up of random base64 with the right frame. */
export function privateKeyPem(random: Random): string {
  const label = random.pick([
    'PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
  ]);
  const lines = Array.from({ length: random.int(2, 12) }, () => random.text(`${BASE62}+/`, 64));
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}

/** Returns a password as people choose them. */
export function password(random: Random): string {
  const stem = random.pick([
    'Summer',
    'Winter',
    'hunter',
    'Passw0rd',
    'letmein',
    'Tr0ub4dor',
    'qwerty',
    'correcthorse',
    'S3cr3t',
    'Berlin',
  ]);
  return random.pick([
    () => `${stem}${random.digits(random.int(2, 4))}${random.pick(['!', '#', '$', '?', '.', ''])}x`,
    () => random.text(`${BASE62}!#%+-_*`, random.int(10, 24)).replace(/^[%*]|[%]/g, 'a'),
    () => random.text('abcdefghijkmnopqrstuvwxyz', 12),
  ])();
}

/** Returns a secret of a program: random characters. */
export function opaqueSecret(random: Random): string {
  return random.pick([
    () => random.hex(random.pick([32, 40, 64])),
    () => random.text(BASE62, random.int(24, 48)) + random.digits(1),
    () => random.text(`${BASE62}+/`, 40),
    () => `${random.text(BASE64URL.replace('-', ''), random.int(20, 43))}7q`,
  ])();
}
