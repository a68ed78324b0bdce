import { cardDigits, iban } from './financial.ts';
import { BASE62, type Random } from './random.ts';

/** Fields and sentences without sensitive values that resemble some. A field is a key and a value. */
export interface Negative {
  readonly field?: (random: Random) => readonly [string, string];
  readonly sentence?: (random: Random) => string;
}

/** Changes one digit, so that no checksum fits. */
function spoiled(text: string, random: Random): string {
  const at = [...text.matchAll(/\d/g)].map(({ index }) => index).slice(4);
  const index = random.pick(at);
  const digit = (Number(text[index]) + random.int(1, 8)) % 10;
  return text.slice(0, index) + String(digit) + text.slice(index + 1);
}

const hexTime = (random: Random): string => String(random.int(1_600_000_000, 1_900_000_000));
const two = (value: number): string => String(value).padStart(2, '0');
const clock = (random: Random): string =>
  `${two(random.int(0, 23))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}`;
const version = (random: Random): string =>
  [random.int(0, 30), random.int(0, 20), random.int(0, 99), random.int(0, 255)].join('.');

export const NEGATIVES: readonly Negative[] = [
  // Numbers like cards.
  {
    field: (r) => [r.pick(['order_id', 'orderNumber', 'invoice', 'tracking_number']), r.digits(16)],
    sentence: (r) => `order ${r.digits(16)} shipped`,
  },
  {
    field: (r) => [r.pick(['order_id', 'invoice_no', 'transaction_id']), cardDigits(r)],
    sentence: (r) => `invoice ${cardDigits(r)} printed`,
  },
  {
    field: (r) => [r.pick(['card_number', 'pan']), spoiled(cardDigits(r), r)],
    sentence: (r) => `invalid check digit in ${spoiled(cardDigits(r), r)}`,
  },
  {
    field: (r) => ['batch', `2026${r.digits(9)}`],
    sentence: (r) => `stock 4 low for OLJCESPC7Z, batch 2026${r.digits(9)}`,
  },
  { field: (r) => ['card', r.pick(['•••• 4417', '**** **** **** 4242', 'XXXX-XXXX-XXXX-1111', '411111******1111'])] },
  { field: (r) => [r.pick(['imei', 'iccid']), `35${r.digits(13)}`], sentence: (r) => `gtin ${r.digits(14)} not found` },
  // Times.
  { field: (r) => ['ts', hexTime(r)], sentence: (r) => `lease expires ${hexTime(r)}` },
  {
    field: (r) => [r.pick(['timestamp', 'time', 'startTimeUnixNano']), hexTime(r) + r.digits(r.pick([3, 6, 9]))],
    sentence: (r) => `timestamp=${hexTime(r)}${r.digits(3)} offset=${r.digits(10)}`,
  },
  {
    field: (r) => ['date', `2026-${two(r.int(1, 12))}-${two(r.int(1, 28))}T${clock(r)}.${r.digits(3)}+02:00`],
    sentence: (r) => `next run at 2026-${two(r.int(1, 12))}-${two(r.int(1, 28))} ${clock(r)} +0200`,
  },
  {
    field: (r) => ['elapsed', `${r.digits(2)}:${r.digits(2)}:${r.digits(2)}`],
    sentence: (r) => `window ${clock(r)}-${clock(r)} closed`,
  },
  // Versions and other dotted numbers.
  {
    field: (r) => [r.pick(['version', 'agent.version', 'app_version', 'firmware']), version(r)],
    sentence: (r) => `starting version ${version(r)} of the agent`,
  },
  {
    field: (r) => [
      'user_agent',
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${r.int(90, 140)}.0.0.0 Safari/537.36`,
    ],
  },
  { sentence: (r) => `loaded lib/netty-transport-${r.int(1, 9)}.${r.int(0, 9)}.${r.int(0, 99)}.${r.int(1, 9)}.jar` },
  { field: (r) => ['oid', `1.3.6.1.4.1.${r.int(1, 9999)}.${r.int(1, 9)}`], sentence: (r) => `v${version(r)} released` },
  { sentence: (r) => `took ${r.int(1, 999)}.${r.digits(3)} ms, ${r.digits(3)}.${r.digits(2)} MB` },
  // Hashes and identifiers.
  {
    field: (r) => [r.pick(['commit', 'sha', 'digest', 'etag']), r.hex(r.pick([32, 40, 64]))],
    sentence: (r) => `pulled image app@sha256:${r.hex(64)}`,
  },
  { field: (r) => ['trace_id', r.hex(32)], sentence: (r) => `traceparent: 00-${r.hex(32)}-${r.hex(16)}-01` },
  { field: (r) => ['span_id', r.digits(16)] },
  { field: (r) => [r.pick(['request_id', 'uuid', 'session']), uuid(r)], sentence: (r) => `job ${uuid(r)} done` },
  {
    field: (r) => ['fingerprint', Array.from({ length: 20 }, () => r.hex(2)).join(':')],
    sentence: (r) => `SHA256:${r.text(`${BASE62}+/`, 43)} key accepted`,
  },
  {
    field: (r) => ['object', `com.example.Order@${r.hex(8)}`],
    sentence: (r) => `at com.example.Cart.add(Cart.java:${r.int(10, 900)}) [app.jar:${version(r)}]`,
  },
  {
    field: (r) => ['pod', `checkout-${r.hex(9)}-${r.text('bcdfghjklmnpqrstvwxz2456789', 5)}`],
    sentence: (r) => `node ip-10-0-${r.int(0, 255)}-${r.int(0, 255)} ready`,
  },
  {
    field: (r) => ['sku', `${r.digits(3)}-${r.digits(1)}-${r.digits(2)}-${r.digits(6)}-${r.digits(1)}`],
    sentence: (r) => `isbn 978-3-16-${r.digits(6)}-0 in stock`,
  },
  {
    field: (r) => ['part', `${r.text('ABCDEFGH', 2)}-${r.digits(6)}`],
    sentence: (r) => `serial ${r.digits(3)}-${r.digits(2)}-${r.digits(4)} returned`,
  },
  {
    field: (r) => ['size', r.digits(11)],
    sentence: (r) => `read ${r.int(100_000_000, 2_000_000_000)} bytes in ${r.digits(9)} ns`,
  },
  {
    field: (r) => ['lsn', `${r.hex(1).toUpperCase()}/${r.hex(8).toUpperCase()}`],
    sentence: (r) => `offset ${r.digits(12)} partition ${r.digits(2)}`,
  },
  {
    field: (r) => ['lat,lon', `${r.int(10, 60)}.${r.digits(5)},${r.int(10, 60)}.${r.digits(5)}`],
    sentence: (r) => `at +${r.int(10, 60)}.${r.digits(4)}-00${r.int(1, 9)}.${r.digits(4)}/`,
  },
  {
    field: (r) => ['amount', `${r.int(1, 999)},${r.digits(3)},${r.digits(3)}.00`],
    sentence: (r) => `delta +${r.digits(5)} -${r.digits(5)}`,
  },
  // Addresses that are none.
  {
    field: (r) => ['repo', `git@github.com:acme/${r.text('abcdefgh', 6)}.git`],
    sentence: (r) => `installed lodash@4.17.${r.int(1, 99)} and @acme/ui@2.${r.int(0, 9)}.1`,
  },
  {
    field: (r) => ['asset', `/img/logo@${r.int(2, 3)}x.png`],
    sentence: (r) => `ssh deploy@build-${r.int(1, 9)} failed`,
  },
  { sentence: (r) => `std::${r.pick(['string', 'bad_alloc', 'vector'])} at a::b::c${r.int(1, 9)} in Foo::bar(int)` },
  { sentence: () => 'decorator @app.route used, mentions @channel and @here' },
  // Secrets that are none.
  {
    field: (r) => [
      r.pick(['password', 'secret', 'api_key', 'token']),
      r.pick(['****', '[REDACTED]', '$DB_PASSWORD', 'null', '<secret>', 'xxxxxxxx', '']),
    ],
    sentence: (r) =>
      `password ${r.pick(['reset requested', 'must be at least 12 characters', 'changed', 'is required'])}`,
  },
  {
    field: (r) => [r.pick(['tokens', 'max_tokens', 'token_count', 'completion_tokens']), String(r.int(10, 99_999))],
    sentence: (r) => `token bucket refilled: rate=${r.int(10, 999)} tokens=${r.int(10, 9999)}`,
  },
  {
    sentence: (r) =>
      r.pick([
        'Invalid password: try again later',
        'secret: none found in namespace',
        'authorization: denied for role viewer',
        'bearer token missing',
        'basic auth disabled',
      ]),
  },
  {
    field: (r) => ['publishable', `pk_live_${r.text(BASE62, 24)}`],
    sentence: (r) => `usage: export TOKEN=ghp_${'x'.repeat(36)}, run ${r.int(1, 9)}`,
  },
  {
    field: (r) => [
      'cursor',
      Buffer.from(JSON.stringify({ id: r.int(1, 1e6), page: r.int(1, 9) })).toString('base64url'),
    ],
  },
  { sentence: (r) => `-----BEGIN CERTIFICATE-----\n${r.text(`${BASE62}+/`, 64)}\n-----END CERTIFICATE-----` },
  { sentence: (r) => `-----BEGIN PUBLIC KEY-----\n${r.text(`${BASE62}+/`, 64)}\n-----END PUBLIC KEY-----` },
  // Wrong checksums and impossible numbers.
  {
    field: (r) => [r.pick(['iban', 'account']), spoiled(iban(r), r)],
    sentence: (r) => `IBAN ${spoiled(iban(r), r)} rejected`,
  },
  {
    field: (r) => ['ssn', `000-${r.int(10, 99)}-${r.digits(4)}`],
    sentence: (r) => `test data 9${r.digits(2)}-00-${r.digits(4)}`,
  },
  {
    field: (r) => ['code', `${r.text('ABCDEF', 6)}${r.digits(2)}${r.digits(8)}`],
    sentence: (r) => `coupon QQ${r.digits(6)}A expired`,
  },
  {
    field: (r) => ['ref', `+${r.digits(4)}`],
    sentence: (r) => `exit 1e+${r.digits(2)}, retry in ${r.int(1, 9)}00ms, errno ${r.digits(3)}`,
  },
  {
    field: (r) => ['http.status_code', String(r.pick([200, 404, 500]))],
    sentence: (r) => `GET /api/v1/orders/${r.digits(7)}/items?page=${r.int(1, 9)} 200 ${r.int(1, 999)}ms`,
  },
];

function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((size) => random.hex(size)).join('-');
}
