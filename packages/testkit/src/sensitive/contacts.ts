import { BASE62, type Random } from './random.ts';

const FIRST = [
  'anna',
  'ben',
  'chloe',
  'dmitri',
  'elif',
  'farah',
  'giulia',
  'hiro',
  'ines',
  'jörg',
  'katarzyna',
  'lars',
  'mei',
  'nils',
  'olá',
  'pedro',
  'zoë',
  'x',
];
const LAST = [
  'smith',
  'müller',
  'garcia',
  'rossi',
  'kowalska',
  'dupont',
  'tanaka',
  'silva',
  'oconnor',
  'nguyen',
  'yilmaz',
  'van.dijk',
];
const DOMAINS = [
  'example.com',
  'mail.example.org',
  'gmail.com',
  'firma.example.de',
  'xn--mller-kva.example',
  'bücher.example',
  'sub.domain.example.co.uk',
  'corp.museum',
  'a-b.io',
  'uni-bonn.de',
  'outlook.com.br',
];

/** Returns an e-mail address. */
export function email(random: Random): string {
  const first = random.pick(FIRST);
  const last = random.pick(LAST);
  const local = random.pick([
    `${first}.${last}`,
    `${first}_${last}${random.int(1, 99)}`,
    `${first}+${random.text('abc', 3)}-${random.int(1, 9)}`,
    `${first}-${last}`,
    `${first}${random.int(1950, 2010)}`,
    `${random.text(BASE62, 12)}`,
    'no-reply',
    'INFO',
  ]);
  return `${local}@${random.pick(DOMAINS)}`;
}

/** Returns an international telephone number, in one of the forms of E.123 and of programs. */
export function internationalPhone(random: Random): string {
  const [code, sizes] = random.pick<readonly [string, readonly number[]]>([
    ['49', [3, 8]],
    ['49', [2, 4, 4]],
    ['44', [4, 6]],
    ['44', [2, 4, 4]],
    ['33', [1, 2, 2, 2, 2]],
    ['34', [3, 3, 3]],
    ['39', [3, 7]],
    ['48', [3, 3, 3]],
    ['46', [2, 3, 2, 2]],
    ['55', [2, 5, 4]],
    ['91', [5, 5]],
    ['86', [3, 4, 4]],
    ['81', [2, 4, 4]],
    ['61', [3, 3, 3]],
    ['353', [2, 3, 4]],
    ['420', [3, 3, 3]],
    ['971', [2, 3, 4]],
    ['380', [2, 3, 2, 2]],
    ['43', [3, 4, 3]],
  ]);
  if (random.chance(0.2)) return plan(random, random.pick(['+1', '+1 ', '+1-', '+1.']));
  const groups = sizes.map((size) => random.int(1, 9) + random.digits(size - 1));
  const separator = random.pick([' ', ' ', '-', '', '.']);
  if (random.chance(0.15) && separator === ' ') return `+${code} (0)${groups[0]} ${groups.slice(1).join(' ')}`;
  return [`+${code}`, ...groups].join(separator);
}

function plan(random: Random, prefix: string): string {
  const area = `${random.int(2, 9)}${random.int(0, 8)}${random.int(0, 9)}`;
  const exchange = `${random.int(2, 9)}${random.digits(2)}`;
  const separator = prefix.length === 2 ? '' : (prefix.at(-1) ?? '');
  return prefix + [area, exchange, random.digits(4)].join(separator);
}

/** Returns a telephone number of North America or France, which need no label. */
export function distinctPhone(random: Random): string {
  const area = `${random.int(2, 9)}${random.int(0, 8)}${random.int(0, 9)}`;
  const exchange = `${random.int(2, 9)}${random.digits(2)}`;
  return random.pick([
    () => `(${area}) ${exchange}-${random.digits(4)}`,
    () => `${area}-${exchange}-${random.digits(4)}`,
    () => `${area}.${exchange}.${random.digits(4)}`,
    () => `1-${area}-${exchange}-${random.digits(4)}`,
    () => `0${random.int(1, 7)} ${random.digits(2)} ${random.digits(2)} ${random.digits(2)} ${random.digits(2)}`,
  ])();
}

/** Returns a national number, which only a label makes recognizable. */
export function nationalPhone(random: Random): string {
  return random.pick([
    () => `0${random.int(15, 17)}${random.int(0, 9)} ${random.digits(7)}`,
    () => `030/${random.digits(7)}`,
    () => `0${random.digits(2).replace(/^0/, '4')}1-${random.digits(6)}`,
    () => `07${random.digits(3)} ${random.digits(6)}`,
    () => `020 7${random.digits(3)} ${random.digits(4)}`,
    () => `0049 30 ${random.digits(7).replace(/^0/, '5')}`,
    () => `${random.int(6, 9)}${random.digits(9)}`,
    () => `6${random.digits(2)} ${random.digits(3)} ${random.digits(3)}`,
  ])();
}

/** Returns an IPv4 address. */
export function ipv4(random: Random): string {
  return [random.int(1, 223), random.int(0, 255), random.int(0, 255), random.int(1, 254)].join('.');
}

/** Returns an IPv6 address, in full, compressed, or with an embedded IPv4 address. */
export function ipv6(random: Random): string {
  const group = (): string => random.hex(4).replace(/^0+(?=.)/, '');
  return random.pick([
    () => `2001:db8:${group()}::${group()}`,
    () => `fe80::${random.int(1, 9)}${random.hex(3)}:${random.hex(4)}:fe${random.hex(2)}:${random.hex(4)}`,
    () => Array.from({ length: 8 }, (_, index) => (index === 0 ? '2a02' : random.hex(4))).join(':'),
    () => `::ffff:${ipv4(random)}`,
    () => '::1',
    () => `2A00:1450:${random.hex(4).toUpperCase()}::${random.int(1, 9)}E`,
  ])();
}

/** Returns a MAC address in the forms of Linux, Windows and Cisco. */
export function mac(random: Random): string {
  const pairs = Array.from({ length: 6 }, (_, index) =>
    index === 1 ? `${random.pick([...'abcdef'])}${random.hex(1)}` : random.hex(2),
  );
  return random.pick([
    () => pairs.join(':'),
    () => pairs.join('-').toUpperCase(),
    () => (pairs.join('').match(/.{4}/g) ?? []).join('.'),
  ])();
}
