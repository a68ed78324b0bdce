import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { root, sourceFiles } from './sources.ts';

const MAX_LINES = 400;

test('no source file, style sheet or test is too long', () => {
  const styles = globSync('packages/dashboard/src/**/*.css', { cwd: root }).map((file) => join(root, file));
  const long = [...sourceFiles(), ...styles]
    .filter((file) => !/\.generated\.tsx?$/.test(file))
    .map((file) => ({ file: relative(root, file), lines: readFileSync(file, 'utf8').trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES);
  assert.deepEqual(long, []);
});

test('no directory has more than 20 source files, except catalogs of components', () => {
  const counts = Map.groupBy(
    sourceFiles().filter((file) => !/\.(test|bench|testing|generated)\.tsx?$/.test(file)),
    (file) => relative(root, dirname(file)),
  );
  const large = [...counts]
    .filter(
      ([directory, files]) =>
        files.length > 20 && !/collector\/src\/(receivers|processors|exporters|extensions)$/.test(directory),
    )
    .map(([directory, files]) => `${directory}: ${files.length}`);
  assert.deepEqual(large, []);
});

test('the glossary names existing files', () => {
  const text = readFileSync(join(root, 'docs', 'glossary.md'), 'utf8');
  const files = [...text.matchAll(/`((?:packages|test)\/[^`]+)`/g)].map(([, file = '']) => file);
  assert.ok(files.length > 0);
  assert.deepEqual(
    files.filter((file) => !existsSync(join(root, file))),
    [],
  );
});

test('every component is one file with its test beside it', () => {
  const components = globSync('packages/collector/src/{receivers,processors,exporters,connectors,extensions}/*.ts', {
    cwd: root,
  }).filter((file) => !file.endsWith('.test.ts'));
  assert.ok(components.length > 0);
  assert.deepEqual(
    components.filter((file) => !existsSync(join(root, file.replace(/\.ts$/, '.test.ts')))),
    [],
  );
});

test('shared code of the gateway does not compare signals by name', () => {
  const shared = sourceFiles().filter(
    (file) =>
      /packages\/(collector\/src\/(component|graph|config|service)|transport\/src|journal\/src)/.test(file) &&
      !file.endsWith('.test.ts'),
  );
  const wrong = shared
    .filter((file) => /===\s*'(traces|metrics|logs|profiles)'/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(root, file));
  assert.deepEqual(wrong, []);
});

test('no file is called utils, helpers, common, manager or base', () => {
  assert.deepEqual(
    sourceFiles().filter((file) => /\/(utils?|helpers?|common|managers?|base)(\.|\/)/.test(relative(root, file))),
    [],
  );
});
