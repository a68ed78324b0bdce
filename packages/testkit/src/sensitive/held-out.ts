import { distinctPhone, email, internationalPhone, ipv4, ipv6, mac, nationalPhone } from './contacts.ts';
import { cardDigits, iban, printedCard, printedIban } from './financial.ts';
import { IDENTITIES } from './identities.ts';
import { type LabelledLine, lineOf, type Piece } from './labelled.ts';
import { BASE62, BASE64URL, Random } from './random.ts';
import { jwt, opaqueSecret, password, privateKeyPem, vendorToken } from './secrets.ts';

/**
 * Returns lines in formats that `sensitiveCorpus` does not have. They were written after the detectors and are not used to
 * change them.
 */
export function heldOutCorpus(seed: number, count: number): readonly LabelledLine[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => lineOf(random.pick(LINES)(random)));
}

const value = (name: string, text: string): Piece => ({ name, text });
const id = (name: string, random: Random): Piece => value(name, (IDENTITIES[name] ?? (() => ''))(random));
const two = (number: number): string => String(number).padStart(2, '0');
const time = (r: Random): string => `${two(r.int(0, 23))}:${two(r.int(0, 59))}:${two(r.int(0, 59))}`;

const LINES: readonly ((r: Random) => readonly Piece[])[] = [
  // Firewalls, DHCP, mail, proxies, Windows.
  (r) => [
    `kernel: [${r.digits(6)}.${r.digits(6)}] [UFW BLOCK] IN=eth0 OUT= SRC=`,
    value('ipv4', ipv4(r)),
    ' DST=',
    value('ipv4', ipv4(r)),
    ` LEN=40 TTL=${r.int(30, 250)} ID=${r.int(1, 60000)} PROTO=TCP SPT=${r.int(1024, 65535)} DPT=443 WINDOW=1024`,
  ],
  (r) => [
    'dhcpd: DHCPACK on ',
    value('ipv4', ipv4(r)),
    ' to ',
    value('mac', Array.from({ length: 6 }, (_, i) => (i === 2 ? 'c' : r.hex(1)) + r.hex(1)).join(':')),
    ' (laptop) via br0',
  ],
  (r) => [
    `postfix/smtp[${r.digits(4)}]: ${r.hex(10).toUpperCase()}: to=<`,
    value('email', email(r)),
    '>, relay=mx.example.net[',
    value('ipv4', ipv4(r)),
    `]:25, delay=${r.int(1, 9)}.${r.digits(2)}, dsn=2.0.0, status=sent`,
  ],
  (r) => [
    '[',
    value('ipv4', ipv4(r)),
    `]:${r.int(1024, 65535)} [10/Nov/2026:${time(r)}.${r.digits(3)}] https~ app/srv${r.int(1, 9)} ${r.int(0, 9)}/0/1/${r.int(5, 99)}/${r.int(5, 200)} 200 ${r.int(100, 9999)} - - ---- "POST /login HTTP/2.0"`,
  ],
  (r) => [
    `[2026-11-${two(r.int(1, 28))}T${time(r)}.${r.digits(3)}Z] "GET /users?email=`,
    value('email', encodeURIComponent(email(r))),
    `&v=${r.int(1, 9)}.${r.int(0, 9)}.${r.int(0, 9)}.${r.int(0, 9)} HTTP/1.1" 200 - 0 ${r.int(10, 900)} 12 11 "`,
    value('ipv4', ipv4(r)),
    `" "okhttp/4.${r.int(1, 12)}.0" "${[8, 4, 4, 4, 12].map((n) => r.hex(n)).join('-')}"`,
  ],
  (r) => [
    'An account failed to log on. Account Name: ',
    value('email', email(r)),
    ' Source Network Address: ',
    value('ipv4', ipv4(r)),
    ` Logon Type: 3 Status: 0xC000006D`,
  ],
  (r) => [
    `Received: from mail-ed1-f${r.digits(2)}.example.com (`,
    value('ipv6', `2a00:1450:4864:20::${r.int(1, 9)}${r.hex(2)}`),
    `) by mx with ESMTPS id ${r.hex(12)}`,
  ],
  (r) => [`interface Vlan10: duplicate address `, value('ipv6', ipv6(r)), ` detected`],
  (r) => [
    `%SW_MATM-4-MACFLAP_NOTIF: Host `,
    value('mac', mac(r)),
    ` in vlan ${r.int(1, 99)} is flapping between port Gi1/0/${r.int(1, 48)} and port Gi1/0/${r.int(1, 48)}`,
  ],
  // Programs that print structures.
  (r) => [
    `processing request {ID:${r.int(1, 9999)} Email:`,
    value('email', email(r)),
    ` Phone:`,
    value('phone', internationalPhone(r)),
    ` Amount:${r.int(1, 900)}.${r.digits(2)}}`,
  ],
  (r) => [
    `Customer { id: ${r.int(1, 9999)}, tax: None, card: Some("`,
    value('card', printedCard(r)),
    `"), created: 2026-01-${two(r.int(1, 28))} }`,
  ],
  (r) => [
    `{:user=>"`,
    value('email', email(r)),
    `", :password=>"`,
    value('credentials', password(r)),
    `", :attempt=>${r.int(1, 5)}}`,
  ],
  (r) => [
    `Array ( [iban] => `,
    value('iban', printedIban(r)),
    ` [bic] => COBADEFF${r.text('XABC', 3)} [ref] => RF${r.digits(2)}${r.digits(8)} )`,
  ],
  (r) => [
    `<Payment><Pan>`,
    value('card', cardDigits(r)),
    `</Pan><Cvv>***</Cvv><OrderNo>${r.digits(14)}</OrderNo></Payment>`,
  ],
  (r) => [
    `<ns2:Creditor><IBAN>`,
    value('iban', iban(r)),
    `</IBAN><EndToEndId>${r.hex(32)}</EndToEndId></ns2:Creditor>`,
  ],
  (r) => [
    `name: billing\n  env:\n    - name: STRIPE\n      value: `,
    value('token', `sk_live_${r.text(BASE62, 24)}`),
    `\n    - name: REGION\n      value: eu-west-${r.int(1, 3)}`,
  ],
  (r) => [
    `"${r.int(1, 99)}","`,
    value('email', email(r)),
    `","`,
    value('phone', internationalPhone(r)),
    `","2026-10-${two(r.int(1, 28))}","${r.digits(5)}"`,
  ],
  (r) => [
    `${r.int(1, 999)};`,
    value('iban', iban(r)),
    `;EUR;${r.int(1, 9999)},${r.digits(2)};Rechnung ${r.digits(10)}`,
  ],
  // Shells and tools.
  (r) =>
    [
      `+ curl -sS -u deploy:`,
      `hunter`,
      ` -H 'Authorization: Bearer `,
      value(...bearer(r)),
      `' https://api.example.com/v1/jobs`,
    ]
      .filter((piece) => piece !== 'hunter')
      .map((piece) => (piece === '+ curl -sS -u deploy:' ? '+ curl -sS' : piece)),
  (r) => [
    `$ export AWS_ACCESS_KEY_ID=`,
    value('token', `AKIA${r.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`),
    ` AWS_REGION=eu-central-1 AWS_SECRET_ACCESS_KEY=`,
    value('credentials', r.text(`${BASE62}+/`, 40)),
  ],
  (r) => [
    `fatal: Authentication failed for 'https://ci:`,
    value('credentials', r.text(BASE62, 20)),
    `@git.example.com/shop/app.git/'`,
  ],
  (r) => [
    `docker login -u robot -p x; PASSWORD='`,
    value('credentials', password(r).replaceAll("'", 'q')),
    `' make push`,
  ],
  (r) => [
    `mysql: [Warning] jdbc:mysql://db:3306/shop?user=app&password=`,
    value('credentials', r.text(BASE62, 14)),
    `&useSSL=true`,
  ],
  (r) => [`Server=db;Database=shop;User Id=sa;Password=`, value('credentials', r.text(BASE62, 12)), `;Encrypt=true`],
  (r) => [`npm notice using `, value('token', vendorToken(r)), ` from ~/.npmrc`],
  (r) => [`websocket upgrade /live?access_token=`, value('jwt', jwt(r)), `&page=${r.int(1, 99)}`],
  (r) => [`set-cookie: id=`, value('jwt', jwt(r)), `; HttpOnly; Max-Age=3600`],
  (r) => [
    `vault: secret/data/tls {"cert":"-----BEGIN CERTIFICATE-----\\n${r.text(BASE62, 40)}\\n-----END CERTIFICATE-----","key":"`,
    value('private_key', privateKeyPem(r).replaceAll('\n', '\\n')),
    `"}`,
  ],
  (r) => [
    `{"apiKey":"`,
    value('credentials', opaqueSecret(r)),
    `","endpoint":"https://eu.example.com","timeoutMs":${r.int(100, 9999)}}`,
  ],
  (r) => [
    `config: spring.datasource.password=`,
    value('credentials', password(r)),
    `\nspring.datasource.url=jdbc:postgresql://db/shop`,
  ],
  // Conversations.
  (r) => ['Kunde: bitte rufen Sie mich unter ', value('phone', internationalPhone(r)), ' zurück, danke'],
  (r) => ['agent: ok, your number is ', value('phone', distinctPhone(r)), '? caller: yes'],
  (r) => ['Telefonnummer ', value('phone', nationalPhone(r)), ' wurde bestätigt'],
  (r) => ['mi IBAN es ', value('iban', printedIban(r)), ' gracias'],
  (r) => ['my card ', value('card', printedCard(r)), ' was charged twice!!'],
  (r) => ['write to ', value('email', email(r)), ' or ', value('email', email(r)), '.'],
  (r) => ['Mitarbeiterin mit Steuernummer ', id('de_tax_id', r), ' angelegt'],
  (r) => ['SSN on file: ', id('us_ssn', r), ', DOB 1980-04-12'],
  (r) => ['patient burgerservicenummer ', id('nl_bsn', r), ' opgenomen op 12-11-2026'],
  (r) => ['numer PESEL ', id('pl_pesel', r), ' został zapisany'],
  (r) => ['kund med personnummer ', id('se_personal_number', r), ' har betalat'],
  (r) => ['CPF do titular: ', id('br_cpf', r), ', valor R$ 1.234,56'],
  (r) => ['fornecedor CNPJ=', id('br_cnpj', r), ' NF 000123456'],
  (r) => ['numéro NIR : ', id('fr_nir', r), ' (carte Vitale)'],
  (r) => ['DNI del titular: ', id('es_dni', r), ', domicilio en Madrid'],
  (r) => ['codice fiscale ', id('it_fiscal_code', r), ' - pratica 2026/123456'],
  (r) => ['NI number ', id('uk_nino', r), ' for P60'],
  // Nothing sensitive.
  (r) => [
    `GC pause (G1 Evacuation) ${r.int(100, 900)}M->${r.int(10, 99)}M(${r.int(1000, 4000)}M) ${r.int(1, 99)}.${r.digits(3)}ms`,
  ],
  (r) => [`etcd: saved snapshot at index ${r.digits(9)} raft term ${r.int(1, 99)} db size ${r.digits(8)}`],
  (r) => [`block ${r.int(800_000, 900_000)} hash 0000000000000000000${r.hex(45)} nonce ${r.digits(10)}`],
  (r) => [
    `Uploaded s3://bucket/2026/11/${two(r.int(1, 28))}/${r.hex(32)}-${r.digits(13)}.parquet (${r.digits(7)} bytes)`,
  ],
  (r) => [
    `coredns ${r.int(1, 1)}.${r.int(9, 12)}.${r.int(0, 4)} linux/amd64, go1.${r.int(20, 26)}.${r.int(0, 9)}, ${r.hex(7)}`,
  ],
  (r) => [`Updated nuget Newtonsoft.Json to version ${r.int(9, 13)}.0.${r.int(1, 3)}.${r.int(10_000, 30_000)}`],
  (r) => [
    `build number ${r.int(1, 9)}.${r.int(0, 9)}.${r.int(0, 99)}.${r.int(0, 99)} deployed by pipeline ${r.digits(8)}`,
  ],
  (r) => [
    `@types/node@2${r.int(0, 4)}.${r.int(0, 9)}.${r.int(0, 9)} added, integrity sha512-${r.text(`${BASE62}+/`, 86)}==`,
  ],
  (r) => [
    `checkpoint starting: wal ${r.hex(24).toUpperCase()} distance=${r.digits(6)} kB, lsn=${r.hex(2).toUpperCase()}/${r.hex(8).toUpperCase()}`,
  ],
  (r) => [`EAN 40${r.digits(11)} restocked, lot L${r.digits(6)}, shelf 12-34-56`],
  (r) => [`parcel 1Z${r.text('ABCDEFGHJKLMNPRSTUVWXYZ0123456789', 16)} delivered at ${time(r)}`],
  (r) => [`xid=${r.digits(10)} gtid=${[8, 4, 4, 4, 12].map((n) => r.hex(n)).join('-')}:1-${r.digits(6)}`],
  (r) => [`commit ${r.hex(40)} Merge branch 'feature/token-refresh' into main`],
  (r) => [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${r.text(`${BASE62}+/`, 43)} deploy`],
  (r) => [`nextPageToken missing, pageSize=${r.int(10, 100)}, etag W/"${r.hex(16)}"`],
  (r) => [
    `retry budget: tokens=${r.int(1, 99)}.${r.digits(2)} secret rotation in ${r.int(1, 30)} days, password policy v${r.int(1, 4)}`,
  ],
  (r) => [`frame ${r.digits(6)} pts ${r.digits(9)} crc 0x${r.hex(8)} ${r.int(1, 60)}.${r.digits(2)} fps`],
  (r) => [
    `gps lat=${r.int(40, 59)}.${r.digits(6)} lon=${r.int(10, 30)}.${r.digits(6)} alt=${r.int(10, 900)}.${r.digits(1)} sats=${r.int(4, 12)}`,
  ],
  (r) => [`panic: runtime error at main.go:${r.int(10, 900)} +0x${r.hex(3)} goroutine ${r.int(1, 999)} [running]`],
  (r) => [`template::detail::impl<${r.int(1, 9)}>::call at 0x7f${r.hex(10)}`],
  (r) => [`token_type=Bearer expires_in=${r.int(300, 86_400)} scope=openid`],
  (r) => [`order=${r.digits(3)}-${r.digits(7)}-${r.digits(7)} placed, total 1,${r.digits(3)}.${r.digits(2)} USD`],
  (r) => [
    `publishable key pk_test_${r.text(BASE62, 24)} loaded, sentry dsn https://${r.hex(32)}@o${r.digits(6)}.ingest.example.io/${r.digits(7)}`,
  ],
  (r) => [`session ${r.text(BASE64URL, 22)} idle for ${r.digits(3)}s, csrf ok`],
];

function bearer(r: Random): [string, string] {
  return r.chance(0.5) ? ['jwt', jwt(r)] : ['credentials', `${r.text(BASE62, 31)}8k`];
}
