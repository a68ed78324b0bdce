import { compilePattern, type Pattern } from '@otelier/query/pattern';
import { DatabaseSanitizer, type DatabaseSettings } from './db/sanitizer.ts';
import { type HashFunction, maskAll, maskMatches, maskOf } from './masking.ts';
import { type CatalogSettings, type TenantMasks, tenantMasks } from './tenant-masks.ts';
import { clusterUrl } from './url.ts';

/** The redaction settings. */
export interface RedactionSettings {
  readonly allowAllKeys: boolean;
  readonly allowedKeys: readonly string[];
  readonly ignoredKeys: readonly string[];
  readonly ignoredKeyPatterns: readonly string[];
  readonly blockedKeyPatterns: readonly string[];
  readonly blockedValues: readonly string[];
  readonly catalog: readonly string[];
  readonly masks: CatalogSettings['masks'];
  readonly tenants: Readonly<Record<string, CatalogSettings>>;
  readonly pseudonymKey: string;
  readonly allowedValues: readonly string[];
  readonly redactAllTypes: boolean;
  readonly hashFunction: HashFunction;
  readonly hmacKey: string;
  readonly summary: string;
  readonly urlSanitizer: {
    readonly enabled: boolean;
    readonly attributes: readonly string[];
    readonly sanitizeSpanName: boolean;
  };
  readonly dbSanitizer: DatabaseSettings & { readonly sanitizeSpanName: boolean };
}

/** How an attribute is handled because of its key. */
export type KeyRule = 'ignore' | 'remove' | 'mask' | 'check';

const MAX_REMEMBERED = 4096;

/** The compiled redaction rules. */
export class RedactionRules {
  readonly redactAllTypes: boolean;
  readonly urls: RedactionSettings['urlSanitizer'];
  readonly databases: DatabaseSanitizer;
  /** Whether values of the catalog are masked, for some tenant. */
  readonly usesCatalog: boolean;
  /** Whether there are rules besides the catalog. */
  readonly hasOthers: boolean;
  readonly #settings: RedactionSettings;
  readonly #allowedKeys: ReadonlySet<string>;
  readonly #ignoredKeys: ReadonlySet<string>;
  readonly #ignoredKeyPatterns: readonly Pattern[];
  readonly #blockedKeyPatterns: readonly Pattern[];
  readonly #blockedValues: readonly Pattern[];
  readonly #allowedValues: readonly Pattern[];
  readonly #urlAttributes: ReadonlySet<string>;
  readonly #mask: (text: string) => string;
  readonly #keyRules = new Map<string, KeyRule>();

  /** `ownKeys` are the keys of the attributes that the redaction itself adds. */
  constructor(settings: RedactionSettings, ownKeys: readonly string[], triesAllDatabases: boolean) {
    this.#settings = settings;
    this.redactAllTypes = settings.redactAllTypes;
    this.urls = settings.urlSanitizer;
    this.databases = new DatabaseSanitizer(settings.dbSanitizer, triesAllDatabases);
    this.#allowedKeys = new Set([...settings.allowedKeys, ...ownKeys]);
    this.#ignoredKeys = new Set(settings.ignoredKeys);
    this.#ignoredKeyPatterns = settings.ignoredKeyPatterns.map((text) => compilePattern(text));
    this.#blockedKeyPatterns = settings.blockedKeyPatterns.map((text) => compilePattern(text));
    this.#blockedValues = settings.blockedValues.map((text) => compilePattern(text));
    this.#allowedValues = settings.allowedValues.map((text) => compilePattern(text));
    this.#urlAttributes = new Set(settings.urlSanitizer.attributes);
    this.usesCatalog = [settings, ...Object.values(settings.tenants)].some(({ catalog }) => catalog.length > 0);
    this.hasOthers = hasOthers(settings, this.databases, this.usesCatalog);
    this.#mask = maskOf(settings.hashFunction, settings.hmacKey);
  }

  /** Returns how attributes with a key are handled. */
  keyRule(key: string): KeyRule {
    let rule = this.#keyRules.get(key);
    if (rule === undefined) {
      rule = this.#ruleOf(key);
      if (this.#keyRules.size >= MAX_REMEMBERED) this.#keyRules.clear();
      this.#keyRules.set(key, rule);
    }
    return rule;
  }

  #ruleOf(key: string): KeyRule {
    if (this.#ignoredKeys.has(key) || matchesOne(this.#ignoredKeyPatterns, key)) return 'ignore';
    if (!this.#settings.allowAllKeys && !this.#allowedKeys.has(key)) return 'remove';
    return matchesOne(this.#blockedKeyPatterns, key) ? 'mask' : 'check';
  }

  /** Reports whether a value is left unchanged. */
  isAllowed(text: string): boolean {
    return matchesOne(this.#allowedValues, text);
  }

  /** Whether some values are left unchanged. */
  get mayAllow(): boolean {
    return this.#allowedValues.length > 0;
  }

  /** Returns what is masked for a tenant. */
  masksOf(tenant: string): TenantMasks {
    const { tenants, pseudonymKey } = this.#settings;
    const settings = Object.hasOwn(tenants, tenant) ? tenants[tenant] : undefined;
    return tenantMasks(settings ?? this.#settings, tenant, pseudonymKey, this.#mask);
  }

  /** Masks an entire value. */
  mask(text: string): string {
    return maskAll(text, this.#mask);
  }

  /** Masks and sanitizes an attribute value. */
  attributeValue(text: string, key: string, system: string): string {
    const masked = this.#maskBlocked(text);
    const path = this.urls.enabled && this.#urlAttributes.has(key) ? clusterUrl(masked) : masked;
    return this.databases.isEnabled ? this.databases.attribute(path, key, system) : path;
  }

  /** Masks and sanitizes a string in a log body. */
  bodyValue(text: string): string {
    const masked = this.#maskBlocked(text);
    const path = this.urls.enabled ? clusterUrl(masked) : masked;
    return this.databases.isEnabled ? this.databases.body(path) : path;
  }

  #maskBlocked(text: string): string {
    let out = text;
    for (const pattern of this.#blockedValues) if (pattern.test(out)) out = maskMatches(out, pattern, this.#mask);
    return out;
  }
}

function hasOthers(settings: RedactionSettings, databases: DatabaseSanitizer, usesCatalog: boolean): boolean {
  const { allowAllKeys, ignoredKeys, ignoredKeyPatterns, blockedKeyPatterns, blockedValues, urlSanitizer } = settings;
  const lists = [ignoredKeys, ignoredKeyPatterns, blockedKeyPatterns, blockedValues];
  const usesCatalogOnly = allowAllKeys && lists.every((list) => list.length === 0) && usesCatalog;
  return !usesCatalogOnly || urlSanitizer.enabled || databases.isEnabled;
}

function matchesOne(patterns: readonly Pattern[], text: string): boolean {
  for (const pattern of patterns) if (pattern.test(text)) return true;
  return false;
}
