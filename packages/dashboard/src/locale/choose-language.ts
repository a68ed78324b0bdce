import { useSyncExternalStore } from 'react';
import { activate, active, type Catalog, LANGUAGES, type Language, onLanguageChange } from './active.ts';
import { languageTag } from './language-tag.ts';

const KEY = 'otelier.language';

/** Loads a language's translations. They are in a chunk of their own, which English does not need. */
const CATALOGS: Readonly<Record<Language['code'], () => Promise<Catalog>>> = {
  en: () => Promise.resolve({}),
  de: () => import('./de.ts').then(({ CATALOG }) => CATALOG),
  zh: () => import('./zh.ts').then(({ CATALOG }) => CATALOG),
};

/** Shows the page in the language chosen in this browser, or else in the first of the browser's that the page has. */
export async function startLanguage(): Promise<void> {
  const wanted = [chosen() ?? [], navigator.languages].flat().map((tag) => languageTag(tag).split('-')[0]);
  const code = wanted.find((one) => LANGUAGES.some((language) => language.code === one));
  await show(code ?? 'en');
}

/** Changes the language of the page, and stores the choice in this browser. */
export async function chooseLanguage(code: Language['code']): Promise<void> {
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // Storage may be blocked. The choice then lasts for this visit.
  }
  await show(code);
}

/** Returns the language of the page. */
export function useLanguage(): Language {
  return useSyncExternalStore(onLanguageChange, () => active().language);
}

async function show(code: string): Promise<void> {
  const language = LANGUAGES.find((one) => one.code === code);
  if (language === undefined || language === active().language) return;
  try {
    activate(language, await CATALOGS[language.code]());
    document.documentElement.lang = language.code;
  } catch {
    // The server is stopped. The page stays in its language.
  }
}

function chosen(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
