/**
 * Returns a language tag in the form of BCP 47. Some systems report the name of a POSIX locale, such as `en-US@posix` or
 * `de_DE.UTF-8`, for which `Intl` throws. `en-US` if nothing of it is a tag.
 */
export function languageTag(reported: string): string {
  const [name = ''] = reported.split(/[.@]/);
  try {
    return Intl.getCanonicalLocales(name.replaceAll('_', '-'))[0] ?? FALLBACK;
  } catch {
    return FALLBACK;
  }
}

const FALLBACK = 'en-US';

/** Makes the browser report language tags that libraries can pass to `Intl`. Call it before they are loaded. */
export function normalizeLanguages(): void {
  const { language, languages } = navigator;
  const tags = languages.map(languageTag);
  if (languageTag(language) === language && tags.every((tag, index) => tag === languages[index])) return;
  Object.defineProperties(navigator, {
    language: { value: languageTag(language), configurable: true },
    languages: { value: tags, configurable: true },
  });
}
