import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const SOURCES = join(import.meta.dirname, '..');
/** Hex colors and color functions. `color-mix` of tokens is allowed. */
const RAW = /#[0-9a-f]{3,8}\b(?![\w-])|\b(?:rgba?|hsla?|oklch|oklab|lab|lch)\(/gi;

test('colors come only from tokens', () => {
  const files = globSync('**/*.{css,ts,tsx}', { cwd: SOURCES }).filter(
    (file) => !file.endsWith('tokens.css') && !/\.test\.tsx?$/.test(file),
  );
  assert.ok(files.length > 50);
  const raw = files.flatMap((file) =>
    [...readFileSync(join(SOURCES, file), 'utf8').matchAll(RAW)].map(([color]) => `${file}: ${color}`),
  );
  assert.deepEqual(raw, []);
});

test('every used token is defined, and every color for dark and light mode', () => {
  const tokens = readFileSync(join(SOURCES, 'styles', 'tokens.css'), 'utf8');
  const known = new Set([...tokens.matchAll(/(--[\w-]+)\s*:/g)].map(([, name]) => name));
  const files = globSync('**/*.{css,ts,tsx}', { cwd: SOURCES }).filter(
    (file) => !file.endsWith('tokens.css') && !/\.test\.tsx?$/.test(file),
  );
  const own = new Set(['--c', '--bg', '--wf-name', '--column', '--row', '--rows']);
  for (const file of files) {
    const text = readFileSync(join(SOURCES, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:var\(|['"`])(--[\w-]+)(?=[)'"`,])/g))
      assert.ok(
        known.has(name) || own.has(name) || name.endsWith('-'),
        `${file} uses ${name}, which tokens.css does not define`,
      );
  }
  assert.ok(known.size > 100);
  const oneTheme = [...tokens.matchAll(/(--[\w-]+): (?:#|rgb\()/g)].map(([, name]) => name);
  assert.deepEqual(oneTheme, []);
});
