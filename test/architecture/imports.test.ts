import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { importsOf, packageOf, root, sourceFiles } from './sources.ts';

/** Which package may import which, as ARCHITECTURE.md says. npm hoists siblings, so only this test stops an import that is not declared. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  otlp: [],
  journal: [],
  transport: ['otlp'],
  store: ['otlp', 'journal'],
  sdk: ['otlp', 'journal', 'transport'],
  query: ['otlp', 'store', 'transport'],
  collector: ['otlp', 'journal', 'transport', 'store', 'query'],
  dashboard: ['query'],
  testkit: ['otlp', 'journal', 'transport', 'store', 'query', 'collector', 'sdk'],
};
const NPM_NAME: Readonly<Record<string, string>> = { otelier: 'collector' };
/** Packages that run in browsers too: nothing of Node may be imported by their sources. */
const ANYWHERE = ['otlp', 'dashboard'];

test('every import between packages is one that ARCHITECTURE.md allows', () => {
  const wrong = productFiles().flatMap(({ file, pkg }) =>
    importsOf(file)
      .map(({ specifier }) => siblingOf(specifier))
      .filter((sibling) => sibling !== undefined && sibling !== pkg && !MAY_IMPORT[pkg]?.includes(sibling))
      .map(
        (sibling) =>
          `${relative(root, file)} imports ${sibling}; ${pkg} may import only: ${MAY_IMPORT[pkg]?.join(', ') || 'nothing'}. Move the code, or change the table with an ADR.`,
      ),
  );
  assert.deepEqual(wrong, []);
});

test('dashboard imports only types from the gateway', () => {
  const wrong = productFiles()
    .filter(({ pkg }) => pkg === 'dashboard')
    .flatMap(({ file }) =>
      importsOf(file)
        .filter(({ specifier, typeOnly }) => siblingOf(specifier) !== undefined && !typeOnly)
        .map(({ specifier }) => `${relative(root, file)} imports ${specifier}: use "import type"`),
    );
  assert.deepEqual(wrong, []);
});

test('every import of an npm package is declared in the importing package', () => {
  const wrong = productFiles().flatMap(({ file, pkg }) => {
    const declared = declaredIn(pkg);
    return importsOf(file)
      .map(({ specifier }) => npmNameOf(specifier))
      .filter((name) => name !== undefined && !declared.has(name))
      .map((name) => `${relative(root, file)} imports ${name}, which packages/${pkg}/package.json does not declare`);
  });
  assert.deepEqual(wrong, []);
});

test('packages that run anywhere import nothing of Node', () => {
  const wrong = productFiles()
    .filter(({ pkg }) => ANYWHERE.includes(pkg))
    .flatMap(({ file }) =>
      importsOf(file)
        .filter(({ specifier }) => specifier.startsWith('node:'))
        .map(({ specifier }) => `${relative(root, file)} imports ${specifier}`),
    );
  assert.deepEqual(wrong, []);
});

test('no import leaves its package by a relative path', () => {
  const wrong = productFiles().flatMap(({ file, pkg }) =>
    importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('.') && packageOf(join(dirname(file), specifier)) !== pkg)
      .map(({ specifier }) => `${relative(root, file)} imports ${specifier}`),
  );
  assert.deepEqual(wrong, []);
});

test('modules import each other without cycles', () => {
  const graph = new Map(
    sourceFiles().map((file) => [
      file,
      importsOf(file)
        .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
        .map(({ specifier }) => join(dirname(file), specifier)),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].map((step) => relative(root, step)).join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  assert.deepEqual(cycles, []);
});

/** Sources that are published: without tests and what only tests use, benchmarks and development servers. */
function productFiles(): { file: string; pkg: string }[] {
  return sourceFiles()
    .filter((file) => !/\.(test|testing|bench)\.tsx?$/.test(file))
    .flatMap((file) => {
      const pkg = packageOf(file);
      return pkg === undefined ? [] : [{ file, pkg }];
    });
}

function siblingOf(specifier: string): string | undefined {
  const scoped = /^@otelier\/([a-z]+)/.exec(specifier)?.[1];
  return scoped ?? (specifier === 'otelier' || specifier.startsWith('otelier/') ? NPM_NAME['otelier'] : undefined);
}

function npmNameOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0];
}

function declaredIn(pkg: string): Set<string> {
  const {
    name,
    dependencies = {},
    devDependencies = {},
    peerDependencies = {},
  } = JSON.parse(readFileSync(join(root, 'packages', pkg, 'package.json'), 'utf8'));
  // Test-only packages stand in the root; types of the page's own framework stand beside it.
  return new Set([
    name,
    ...Object.keys(dependencies),
    ...Object.keys(peerDependencies),
    ...(pkg === 'dashboard' || pkg === 'testkit' ? Object.keys(devDependencies) : []),
  ]);
}
