/** A kind of sensitive value: its name in configurations and what it covers. */
interface Entry {
  readonly group: CatalogGroup | undefined;
  readonly description: string;
}

/** The groups of the catalog. */
export const CATALOG_GROUPS = ['financial', 'contact', 'secrets', 'national_ids', 'network'] as const;

/** A group of the catalog. */
export type CatalogGroup = (typeof CATALOG_GROUPS)[number];

/** The catalog, by name. An entry without a group is used only where it is named. */
export const CATALOG = {
  card: entry('financial', 'Numbers of payment cards, by issuer, length and check digit.'),
  iban: entry('financial', 'International bank account numbers, by country, length and check digits.'),
  email: entry('contact', 'E-mail addresses.'),
  phone: entry(
    'contact',
    'Telephone numbers: international, North American, French, and others after a label such as `phone`.',
  ),
  token: entry(
    'secrets',
    'Access tokens with the prefix of their vendor, by length, and by checksum where there is one.',
  ),
  jwt: entry('secrets', 'JSON web tokens whose header can be decoded.'),
  private_key: entry('secrets', 'Private keys in PEM.'),
  credentials: entry('secrets', 'Values of passwords, secrets, tokens and `Authorization`, and passwords in URLs.'),
  us_ssn: entry('national_ids', 'Social security numbers of the United States.'),
  de_tax_id: entry('national_ids', 'German tax identification numbers.'),
  fr_nir: entry('national_ids', 'French social security numbers (NIR).'),
  es_dni: entry('national_ids', 'Spanish identity numbers (DNI, NIE).'),
  it_fiscal_code: entry('national_ids', 'Italian fiscal codes.'),
  nl_bsn: entry('national_ids', 'Dutch citizen service numbers, after a label such as `bsn`.'),
  pl_pesel: entry('national_ids', 'Polish PESEL numbers, after a label such as `pesel`.'),
  se_personal_number: entry('national_ids', 'Swedish personal identity numbers.'),
  br_cpf: entry('national_ids', 'Brazilian numbers of persons (CPF).'),
  br_cnpj: entry('national_ids', 'Brazilian numbers of companies (CNPJ).'),
  uk_nino: entry('national_ids', 'National Insurance numbers of the United Kingdom.'),
  ipv4: entry('network', 'IPv4 addresses.'),
  ipv6: entry('network', 'IPv6 addresses.'),
  mac: entry('network', 'MAC addresses.'),
  uuid: entry(undefined, 'UUIDs. Used only where it is named.'),
} as const satisfies Record<string, Entry>;

/** The name of a kind of sensitive value. */
export type CatalogName = keyof typeof CATALOG;

/** All names, in the order of their numbers in findings. */
export const CATALOG_NAMES = Object.keys(CATALOG) as readonly CatalogName[];

/** Returns the names that a list of names and groups selects. `all` selects every entry that belongs to a group. */
export function selectedNames(list: readonly string[]): ReadonlySet<CatalogName> {
  const wanted = new Set(list);
  return new Set(
    CATALOG_NAMES.filter((name) => {
      const { group } = CATALOG[name];
      return wanted.has(name) || (group !== undefined && (wanted.has(group) || wanted.has('all')));
    }),
  );
}

/** What a configuration may list. */
export const CATALOG_CHOICES: readonly string[] = ['all', ...CATALOG_GROUPS, ...CATALOG_NAMES];

function entry<G extends CatalogGroup | undefined>(group: G, description: string): { group: G; description: string } {
  return { group, description };
}
