import { distinctPhone, email, internationalPhone, ipv4, ipv6, mac, nationalPhone } from './contacts.ts';
import { printedCard, printedIban } from './financial.ts';
import { IDENTITIES } from './identities.ts';
import type { Piece } from './labelled.ts';
import type { Random } from './random.ts';
import { jwt, opaqueSecret, password, privateKeyPem, vendorToken } from './secrets.ts';

/** A kind of sensitive value: how it is written, the keys of fields with it, and sentences. `{}` stands for the value. */
export interface Kind {
  readonly name: string;
  readonly value: (random: Random) => string;
  readonly keys: readonly string[];
  readonly sentences: readonly string[];
  /** Whether URLs and query strings contain such values. */
  readonly isInUrls?: boolean;
}

const identity = (name: string, keys: string, sentences: readonly string[]): Kind => {
  const value = IDENTITIES[name];
  if (value === undefined) throw new Error(`no identity ${name}`);
  return { name, value, keys: keys.split(' '), sentences };
};

/** All kinds of sensitive values. Those that occur more often in practice are repeated. */
export const KINDS: readonly Kind[] = [
  {
    name: 'card',
    value: printedCard,
    keys: ['card_number', 'pan', 'cardNumber', 'payment.card', 'cc', 'number', 'source'],
    sentences: [
      'charge failed for card {} after 3 attempts',
      'customer entered {} at checkout',
      'Karte {} abgelehnt',
      'declined: {} (insufficient funds)',
      'PAN={} EXP=12/27',
    ],
    isInUrls: true,
  },
  {
    name: 'iban',
    value: printedIban,
    keys: ['iban', 'account', 'creditor_account', 'bank.iban', 'to'],
    sentences: [
      'transfer of 120.00 EUR to {} booked',
      'Lastschrift von {} eingezogen',
      'IBAN {} is not known',
      'refund goes to {}.',
    ],
    isInUrls: true,
  },
  {
    name: 'email',
    value: email,
    keys: ['email', 'user', 'enduser.id', 'to', 'from', 'recipient', 'login'],
    sentences: [
      'sent reset link to {}',
      'user {} logged in',
      'From: <{}>',
      'mailto:{} was clicked',
      'delivery to {}, retrying',
      'no account for {}.',
      '550 5.1.1 <{}>: Recipient address rejected',
      'cc={};bounce',
    ],
    isInUrls: true,
  },
  {
    name: 'phone',
    value: internationalPhone,
    keys: ['phone', 'msisdn', 'contact', 'to', 'recipient', 'customer.phone'],
    sentences: [
      'SMS to {} queued',
      'courier calls {} before 18:00',
      'new lead {} from form',
      'tel:{} dialled',
      'WhatsApp message for {}',
    ],
    isInUrls: true,
  },
  {
    name: 'phone',
    value: distinctPhone,
    keys: ['phone', 'callback', 'contact', 'fax'],
    sentences: ['please call {} after 5pm', 'customer left {} as contact', 'reached {} on second try'],
  },
  {
    name: 'phone',
    value: nationalPhone,
    keys: ['phone', 'mobile', 'telefon', 'phoneNumber', 'tel', 'customer.mobile'],
    sentences: ['Tel. {}', 'Rückruf Telefon: {}', 'calling phone {} failed', 'mobile {} not reachable', 'Fax: {}'],
  },
  {
    name: 'token',
    value: vendorToken,
    keys: ['token', 'value', 'key', 'env', 'arg', 'api_key'],
    sentences: [
      'using {} for upload',
      'remote rejected {}: revoked',
      'leaked {} in build log',
      'git clone with {} failed',
    ],
  },
  {
    name: 'token',
    value: vendorToken,
    keys: ['auth', 'apikey', 'x'],
    sentences: ['POST {} returned 404', 'env dump: KEY={} PATH=/usr/bin'],
  },
  {
    name: 'jwt',
    value: jwt,
    keys: ['id_token', 'jwt', 'assertion', 'access_token', 'value'],
    sentences: [
      'Authorization: Bearer {}',
      'rejected {} as expired',
      'cookie session={}; Path=/',
      'token {} has no scope',
    ],
    isInUrls: true,
  },
  {
    name: 'private_key',
    value: privateKeyPem,
    keys: ['key', 'pem', 'tls.key', 'identity'],
    sentences: ['loaded {} from secret', 'cannot parse {}'],
  },
  {
    name: 'credentials',
    value: password,
    keys: ['password', 'passwd', 'pwd', 'db.password', 'userPassword', 'DB_PASSWORD'],
    sentences: [],
    isInUrls: true,
  },
  {
    name: 'credentials',
    value: opaqueSecret,
    keys: [
      'api_key',
      'client_secret',
      'secret',
      'access_token',
      'auth_token',
      'x-api-key',
      'AWS_SECRET_ACCESS_KEY',
      'refreshToken',
    ],
    sentences: [
      'Authorization: Bearer {}',
      'authorization: token {}',
      '-H "X-Api-Key: {}" https://api.example.com',
      'Proxy-Authorization: Basic {}',
    ],
  },
  {
    name: 'credentials',
    value: (random) => password(random).replace(/[#?+%]/g, '7'),
    keys: [],
    sentences: [
      'connecting to postgres://app:{}@db.example.internal:5432/shop',
      'redis://:{}@cache:6379/0 refused',
      'amqps://svc-mail:{}@mq.example.com/%2F opened',
      'clone https://deploy:{}@git.example.com/app.git',
    ],
  },
  identity('us_ssn', 'ssn customer.ssn tax.ssn applicant', [
    'SSN {} verified',
    'applicant {} has no credit history',
    'social security number: {}',
  ]),
  identity('de_tax_id', 'steuer_id tax_id steuerId idnr', [
    'Steuer-ID {} geprüft',
    'IdNr. {} unbekannt',
    'Lohnsteuer für {} gemeldet',
  ]),
  identity('fr_nir', 'nir secu numero_insee assure', [
    'NIR {} invalide',
    'assuré {} inconnu',
    'Numéro de sécurité sociale : {}',
  ]),
  identity('es_dni', 'dni nif documento nie', ['DNI {} verificado', 'cliente {} registrado', 'NIE: {}']),
  identity('it_fiscal_code', 'codice_fiscale cf taxCode cliente', [
    'codice fiscale {} valido',
    'cliente {} non trovato',
    'CF: {}',
  ]),
  identity('nl_bsn', 'bsn burgerservicenummer BSN patient.bsn', [
    'BSN {} onbekend',
    'burgerservicenummer: {}',
    'bsn={} opgevraagd',
  ]),
  identity('pl_pesel', 'pesel PESEL numer_pesel', [
    'PESEL {} zweryfikowany',
    'pacjent, PESEL: {}',
    'pesel={} nie istnieje',
  ]),
  identity('se_personal_number', 'personnummer pnr kund', [
    'personnummer {} kontrollerat',
    'kund {} saknas',
    'BankID för {}',
  ]),
  identity('br_cpf', 'cpf cpf_cliente documento.cpf', ['CPF {} aprovado', 'cliente CPF: {}', 'cpf={} bloqueado']),
  identity('br_cnpj', 'cnpj empresa.cnpj fornecedor_cnpj', [
    'CNPJ {} ativo',
    'empresa CNPJ: {}',
    'nota fiscal do CNPJ {} emitida',
  ]),
  identity('uk_nino', 'nino ni_number national_insurance employee', [
    'NINO {} matched',
    'National Insurance number {}',
    'payroll entry {} created',
  ]),
  {
    name: 'ipv4',
    value: ipv4,
    keys: ['client.address', 'ip', 'remote_addr', 'peer', 'source.ip', 'host'],
    sentences: [
      'connection from {} closed',
      'Failed password for root from {} port 52144 ssh2',
      'resolved db to /{}:5432',
      'dial tcp {}:443: i/o timeout',
      'upstream http://{}:8080/health failed',
      'blocked {}/24',
      'x-forwarded-for: {}, 10.0.0.1'.replace(', 10.0.0.1', ''),
    ],
    isInUrls: true,
  },
  {
    name: 'ipv6',
    value: ipv6,
    keys: ['client.address', 'ip', 'remote_addr', 'peer'],
    sentences: ['connection from [{}]:443', 'listen on [{}]', 'neighbor {} unreachable', 'AAAA {}'],
  },
  {
    name: 'mac',
    value: mac,
    keys: ['mac', 'hwaddr', 'device.mac', 'bssid'],
    sentences: ['DHCPREQUEST from {} via eth0', 'station {} associated', 'arp {} is-at'],
  },
];

/** Returns a sentence with a value, as pieces. */
export function sentence(kind: Kind, random: Random): readonly Piece[] {
  const [before = '', after = ''] = random.pick(kind.sentences).split('{}');
  return [before, { name: kind.name, text: kind.value(random) }, after];
}
