import { obfuscateJson } from './json.ts';
import { obfuscateRedis } from './redis.ts';
import { obfuscateSql } from './sql.ts';
import { dialectOf } from './sql-lexer.ts';
import { trimSpaces } from './trim-spaces.ts';

/** The databases and statements to sanitize. */
export type DatabaseSettings = Readonly<
  Record<(typeof DATABASES)[number]['name'], { readonly enabled: boolean; readonly attributes: readonly string[] }>
>;

interface Database {
  /** Values of `db.system.name`. */
  readonly systems: ReadonlySet<string>;
  obfuscate(text: string, system: string): string;
  /** Attributes that contain statements. */
  readonly attributes: ReadonlySet<string>;
}

const json = (text: string) => obfuscateJson(text);
const memcached = (text: string) => trimSpaces(text.split('\r\n', 1)[0] ?? '');

/** The databases, in the order in which they are tried. Only some have statements in attributes. */
const DATABASES = [
  {
    name: 'sql',
    systems: ['other_sql', 'mysql', 'postgresql', 'mariadb', 'sqlite'],
    obfuscate: (text: string, system: string) => obfuscateSql(text, dialectOf(system)),
    hasAttributes: true,
  },
  { name: 'redis', systems: ['redis'], obfuscate: obfuscateRedis, hasAttributes: true },
  { name: 'valkey', systems: ['valkey'], obfuscate: obfuscateRedis, hasAttributes: true },
  { name: 'memcached', systems: ['memcached'], obfuscate: memcached, hasAttributes: true },
  { name: 'mongo', systems: ['mongodb'], obfuscate: json, hasAttributes: true },
  { name: 'opensearch', systems: ['opensearch'], obfuscate: json, hasAttributes: false },
  { name: 'es', systems: ['elasticsearch'], obfuscate: json, hasAttributes: false },
] as const;

/** Replaces the values in database statements with `?`. */
export class DatabaseSanitizer {
  readonly #databases: readonly Database[];
  /** Whether attributes are sanitized for all databases in turn if their item does not name one. */
  readonly #triesAll: boolean;
  readonly #hasAttributes: boolean;

  constructor(settings: DatabaseSettings, triesAll: boolean) {
    this.#triesAll = triesAll;
    this.#databases = DATABASES.filter(({ name }) => settings[name].enabled).map(
      ({ name, systems, obfuscate, hasAttributes }): Database => ({
        systems: new Set<string>(systems),
        obfuscate,
        attributes: new Set(hasAttributes ? settings[name].attributes : []),
      }),
    );
    this.#hasAttributes = this.#databases.some(({ attributes }) => attributes.size > 0);
  }

  /** Whether any database is enabled. */
  get isEnabled(): boolean {
    return this.#databases.length > 0;
  }

  /** Sanitizes an attribute value. `system` is the item's lowercase database system, or an empty string. */
  attribute(text: string, key: string, system: string): string {
    if (!this.#hasAttributes) return text;
    if (system === '')
      return this.#triesAll
        ? this.#databases.reduce(
            (out, { attributes, obfuscate }) => (attributes.has(key) ? obfuscate(out, '') : out),
            text,
          )
        : text;
    const database = this.#databases.find(({ systems, attributes }) => systems.has(system) && attributes.has(key));
    return database === undefined ? text : database.obfuscate(text, '');
  }

  /** Sanitizes a string in a log body. */
  body(text: string): string {
    return this.#databases.reduce((out, { obfuscate }) => obfuscate(out, ''), text);
  }

  /** Sanitizes a span name. */
  spanName(text: string, system: string): string {
    const database = this.#databases.find(({ systems }) => systems.has(system));
    return database === undefined ? text : database.obfuscate(text, system);
  }
}
