import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { type Catalog, LANGUAGES } from './active.ts';
import { sourceTexts } from './source-texts.testing.ts';

/** Directories whose texts are translated. */
const TRANSLATED =
  /^(?:shell|parts|charts|data|format|query|editor|series|time|views[\\/](?:overview|traces|logs|metrics|boards|errors|map|service|query|pipeline|cost|health|alerts|senders|certificates|admin))[\\/]/;

const { keys, counted, literals, computed } = sourceTexts();
const codes = LANGUAGES.map(({ code }) => code).filter((code) => code !== 'en');
const files = codes.flatMap((code) =>
  globSync(`${code}/*.json`, { cwd: import.meta.dirname }).map((file) => ({
    code,
    file,
    texts: JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Catalog,
  })),
);

test('every text of the page has a translation in each language', () => {
  for (const code of codes) {
    const known = new Set(files.filter((one) => one.code === code).flatMap(({ texts }) => Object.keys(texts)));
    const missing = [...keys]
      .filter(([key]) => !known.has(key))
      .map(([key, [file]]) => `${file}: ${JSON.stringify(key)}`);
    assert.deepEqual(missing, [], code);
  }
});

test('catalogs contain only texts of the page, and one translation of each', () => {
  for (const { code, file, texts } of files) {
    assert.deepEqual(
      Object.keys(texts).filter((key) => !keys.has(key)),
      [],
      file,
    );
    for (const other of files)
      if (other.code === code && other.file > file)
        for (const key of Object.keys(texts))
          if (key in other.texts) assert.deepEqual(other.texts[key], texts[key], `${file} and ${other.file}: ${key}`);
  }
});

test('translations have the placeholders and the plural forms of their text', () => {
  for (const { code, file, texts } of files) {
    const categories = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
    for (const [key, translation] of Object.entries(texts)) {
      const forms = typeof translation === 'string' ? { other: translation } : translation;
      if (typeof translation === 'object')
        assert.deepEqual(Object.keys(forms).sort(), [...categories].sort(), `${file}: plural forms of ${key}`);
      for (const form of Object.values(forms))
        assert.deepEqual(placeholders(form), placeholders(key), `${file}: ${key}`);
      assert.equal(typeof translation, counted.has(key) ? 'object' : 'string', `${file}: ${key}`);
    }
  }
});

test('each language has the same files', () => {
  const names = (code: string): readonly string[] =>
    files
      .filter((one) => one.code === code)
      .map(({ file }) => basename(file))
      .sort();
  for (const code of codes) assert.deepEqual(names(code), names(codes[0] ?? ''));
});

test('no text of a translated directory is outside of the catalogs', () => {
  assert.deepEqual(
    [...literals, ...computed].filter((place) => TRANSLATED.test(place)),
    [],
  );
});

function placeholders(text: string): readonly string[] {
  return (text.match(/\{\w+\}/g) ?? []).sort();
}
