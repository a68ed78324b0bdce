import type { ComponentContext } from '../../component/contract.ts';
import { LookupCache } from '../../component/lookup/lookup-cache.ts';
import type { SchemaConfig } from './config.ts';
import type { SchemaFiles } from './files.ts';
import { createTranslator, type Target, type Translation, type Translator } from './translator.ts';
import { compareVersions, formatSchemaUrl, parseSchemaUrl, type SchemaUrl } from './version.ts';

/** The result of requesting a translation. */
export type TranslationResult =
  | { readonly kind: 'translation'; readonly translation: Translation }
  /** The URL is invalid, or its family has no target. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** The schema file is currently unavailable. */
  | { readonly kind: 'unavailable' };

/** Translations from schema URLs to the targets. */
export interface Translations {
  /** Returns the translation for a schema URL, or `undefined` if a file must be fetched first. */
  get(url: string): TranslationResult | undefined;
  /** Fetches the files that translations need. */
  fetch(urls: Iterable<string>, onResult: (url: string, result: TranslationResult) => void): Promise<void>;
}

/** Maximum number of translations in memory. It must be limited, because senders choose the versions. */
const MAX_TRANSLATIONS = 1000;

/** Creates the translations for a configuration. */
export function createTranslations(
  { targets, migration }: SchemaConfig,
  files: SchemaFiles,
  { clock }: Pick<ComponentContext, 'clock'>,
): Translations {
  const byFamily = new Map(
    targets.map((url): [string, Target] => {
      const { family, version } = parseSchemaUrl(url);
      const from = migration.find(({ target }) => target === url)?.from;
      const migrateFrom = from === undefined ? undefined : parseSchemaUrl(from).version;
      return [family, { url: formatSchemaUrl({ family, version }), version, migrateFrom }];
    }),
  );
  const translators = new Map<string, Translator>();
  const known = new LookupCache<TranslationResult>({ size: MAX_TRANSLATIONS, ttlMillis: 0 }, clock);

  const remember = (url: string, { version }: SchemaUrl, translator: Translator): TranslationResult => {
    const result = { kind: 'translation', translation: translator.translationFrom(version) } as const;
    known.set(url, result);
    return result;
  };
  /** Returns the parsed URL and its target, or why there is none. */
  const targetOf = (url: string): { readonly parsed: SchemaUrl; readonly target: Target } | TranslationResult => {
    try {
      const parsed = parseSchemaUrl(url);
      const target = byFamily.get(parsed.family);
      return target === undefined
        ? { kind: 'unknown', reason: `expected telemetry of a target's family, got ${parsed.family}` }
        : { parsed, target };
    } catch {
      return { kind: 'unknown', reason: 'expected a valid schema URL' };
    }
  };
  const fetchOne = async (url: string): Promise<TranslationResult> => {
    const found = targetOf(url);
    if ('kind' in found) return found;
    const { parsed, target } = found;
    // Only the newer of the two versions contains the changes between them.
    const fileUrl = compareVersions(parsed.version, target.version) < 0 ? target.url : url;
    try {
      const translator = createTranslator(await files.load(fileUrl), target);
      translators.set(parsed.family, translator);
      return remember(url, parsed, translator);
    } catch {
      return { kind: 'unavailable' };
    }
  };
  return {
    get(url) {
      const result = known.get(url)?.value;
      if (result !== undefined) return result;
      const found = targetOf(url);
      if ('kind' in found) return found;
      const translator = translators.get(found.parsed.family);
      if (translator?.supports(found.parsed.version)) return remember(url, found.parsed, translator);
      return undefined;
    },
    async fetch(urls, onResult) {
      await Promise.all([...urls].map(async (url) => onResult(url, await fetchOne(url))));
    },
  };
}
