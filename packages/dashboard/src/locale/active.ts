/** A language of the page. */
export interface Language {
  /** Subtag in BCP 47, which is also the name of its catalog. */
  readonly code: 'en' | 'de' | 'zh';
  /** Locale that formats numbers and dates. */
  readonly locale: string;
  /** Name in the language itself. */
  readonly name: string;
}

/** Forms of a counted text by the categories of `Intl.PluralRules`. */
export type PluralForms = { readonly other: string } & Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

/** Translations by their English text. The key of a counted text is its form for many. */
export type Catalog = Readonly<Record<string, string | PluralForms>>;

const ENGLISH: Language = { code: 'en', locale: 'en-US', name: 'English' };

/** The languages of the page. English is the text in the source. */
export const LANGUAGES: readonly Language[] = [
  ENGLISH,
  { code: 'de', locale: 'de-DE', name: 'Deutsch' },
  { code: 'zh', locale: 'zh-CN', name: '中文' },
];

interface Active {
  readonly language: Language;
  readonly catalog: Catalog;
  readonly decimal: string;
  readonly counts: Intl.NumberFormat;
  readonly plurals: Intl.PluralRules;
}

const listeners = new Set<() => void>();
let current = activeOf(ENGLISH, {});

/** Returns the language of the page with its catalog and formats. */
export function active(): Active {
  return current;
}

/** Changes the language of the page. */
export function activate(language: Language, catalog: Catalog): void {
  current = activeOf(language, catalog);
  for (const listener of listeners) listener();
}

/** Calls the listener after each change of the language. Returns a function that ends this. */
export function onLanguageChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function activeOf(language: Language, catalog: Catalog): Active {
  const counts = new Intl.NumberFormat(language.locale, { maximumFractionDigits: 0 });
  const parts = new Intl.NumberFormat(language.locale).formatToParts(0.5);
  return {
    language,
    catalog,
    decimal: parts.find(({ type }) => type === 'decimal')?.value ?? '.',
    counts,
    plurals: new Intl.PluralRules(language.locale),
  };
}
