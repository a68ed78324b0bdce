import { CLASS_OF, DIGIT, LOWER, LOWER_HEX, membersOf } from './byte-classes.ts';

/** What the text before a number says about it: the last label that no other term follows after a delimiter, as bits. */
export const CARD = 1;
export const PHONE = 2;
export const SSN = 4;
export const TAX_ID = 8;
export const BSN = 16;
export const PESEL = 32;
export const PERSONAL_NUMBER = 64;
export const CPF = 128;
export const CNPJ = 256;
export const NIR = 512;
/** An identity number of some country. */
export const IDENTITY = 1024;
/** Something else with many digits, such as an order or a time. */
export const OTHER_NUMBER = 2048;
export const VERSION = 4096;
/** The last label before the number is `OTHER_NUMBER`. */
export const NEAREST_IS_OTHER = 8192;
/** The last label before the number is `VERSION`. */
export const NEAREST_IS_VERSION = 16_384;
/** The last label before the number is `PHONE`, perhaps with a few words of a sentence between. */
export const NEAREST_IS_PHONE = 32_768;
/** Labels of numbers of persons and companies. */
export const IDENTITIES: number = SSN | TAX_ID | BSN | PESEL | PERSONAL_NUMBER | CPF | CNPJ | NIR | IDENTITY;
export const NEAREST: number = NEAREST_IS_OTHER | NEAREST_IS_VERSION | NEAREST_IS_PHONE;

const TERMS: readonly (readonly [number, string])[] = [
  [
    CARD,
    'card cards pan cardnumber cardno ccnum cc creditcard credit debit visa mastercard amex maestro kreditkarte karte kartennummer carte tarjeta cartao carta kort kaart',
  ],
  [
    PHONE,
    'phone phones phonenumber tel telephone telefon telefonnummer telefono telefone mobile mobilenumber mobil mobiel handy cell cellphone cellulare celular fax sms mms msisdn call called calls calling caller callee callback dial dialed dialing dialled whatsapp viber rufnummer movil portable gsm voicemail hotline ring landline',
  ],
  [SSN, 'ssn social socialsecurity socialsecuritynumber itin ssnum'],
  [
    TAX_ID,
    'steuer steuerid steueridnr idnr tin tax taxid taxno taxnumber steueridentifikationsnummer identifikationsnummer',
  ],
  [BSN, 'bsn burgerservicenummer sofinummer sofi burgerservice'],
  [PESEL, 'pesel'],
  [PERSONAL_NUMBER, 'personnummer pnr personal personnr samordningsnummer'],
  [CPF, 'cpf contribuinte'],
  [CNPJ, 'cnpj'],
  [NIR, 'nir insee secu nss securite'],
  [IDENTITY, 'national nationalid citizen citizenid identity nid idnumber idcard dni nie passport'],
  [
    OTHER_NUMBER,
    'order orders orderid ordernumber invoice invoices tracking shipment parcel sequence seq offset offsets timestamp timestamps ts time nanos nano millis micros epoch trace traceid span spanid batch sku ean gtin upc isbn issn barcode ticket txn transaction hash commit checksum crc serial size bytes length duration elapsed imei iccid imsi lsn zxid snowflake rowid build article asin counter count total uptime pid tid thread port job jobid request requestid correlation partition revision',
  ],
  [
    VERSION,
    'version versions ver v release released firmware driver upgrade upgraded upgrading rev oid snmp assembly runtime agent kernel plugin package library build patch jar war dll so',
  ],
];

/** Length of the text before a number in which labels are searched, in bytes. */
const DISTANCE = 48;

/** Finds labels in texts. */
export class ContextLabels {
  /** Returns the labels in the 48 bytes before `pos`, on the same line, as bits. */
  before(bytes: Uint8Array, start: number, pos: number): number {
    const min = Math.max(start, pos - DISTANCE);
    let from = pos;
    while (from > min && bytes[from - 1] !== 10) from--;
    return labelsIn(bytes, from, pos);
  }

  /** Returns the labels in a key, as bits. */
  ofKey(bytes: Uint8Array, start: number, end: number): number {
    return labelsIn(bytes, start, end);
  }
}

/** Terms that may stand between a label and its number. */
const FILLERS = 'number no nr num id ids is of the a for at by was code value';
const FILLER = -1;

/** Labels by the hash of their terms. A term with the same hash by chance is taken for a label. */
const LABEL_OF: ReadonlyMap<number, number> = new Map(
  [...TERMS, [FILLER, FILLERS] as const].flatMap(([label, terms]) =>
    terms.split(' ').map((term) => [hashOf(Buffer.from(term), 0, term.length), label] as const),
  ),
);

/** Returns a hash of letters, ignoring case. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let pos = start; pos < end; pos++) hash = (Math.imul(hash, 31) + (bytes[pos] | 0x20)) | 0;
  return hash;
}

/** Bytes after which another term is the label of what follows: `phone=1 size=2`. */
const DELIMITERS = membersOf(/[=:,;"&?{}[\]()|<>/\\\n]/);

function labelsIn(bytes: Uint8Array, start: number, end: number): number {
  /** The last label, if only terms of `FILLERS` follow it, and if no term follows it after a delimiter. */
  let nearest = 0;
  let sameClause = 0;
  let isDelimited = false;
  let pos = start;
  while (pos < end) {
    const from = termStart(bytes, pos, start);
    const to = endOfTerm(bytes, from, end);
    if (to === from) {
      if (DELIMITERS[bytes[pos]] === 1) isDelimited = true;
      else if (CLASS_OF[bytes[pos]] === DIGIT) nearest = 0;
      pos++;
      continue;
    }
    pos = to;
    const label = LABEL_OF.get(hashOf(bytes, from, to));
    if (label !== undefined && label !== FILLER) {
      nearest = label;
      sameClause = label;
      isDelimited = false;
    } else {
      if (isDelimited) sameClause = 0;
      if (isDelimited || label === undefined) nearest = 0;
    }
  }
  let found = sameClause;
  if (nearest === OTHER_NUMBER) found |= NEAREST_IS_OTHER;
  if (nearest === VERSION) found |= NEAREST_IS_VERSION;
  return sameClause === PHONE ? found | NEAREST_IS_PHONE : found;
}

/** Skips the letter of an escape such as `\n`, which does not belong to a term. */
function termStart(bytes: Uint8Array, pos: number, start: number): number {
  const isEscape = pos > start && bytes[pos - 1] === 0x5c && ESCAPES.has(bytes[pos]);
  return isEscape ? pos + 1 : pos;
}

const ESCAPES = new Set([0x6e, 0x72, 0x74]);

/** A term also ends where camel case begins the next one: `phoneNumber`, `cardPAN`. */
function endOfTerm(bytes: Uint8Array, start: number, end: number): number {
  let pos = start;
  while (pos < end && isLetter(bytes[pos]) && !(pos > start && isUpper(bytes[pos]) && !isUpper(bytes[pos - 1]))) pos++;
  return pos;
}

function isLetter(byte: number): boolean {
  return (CLASS_OF[byte] & ~DIGIT) !== 0;
}

function isUpper(byte: number): boolean {
  const type = CLASS_OF[byte];
  return type !== 0 && (type & (DIGIT | LOWER | LOWER_HEX)) === 0;
}
