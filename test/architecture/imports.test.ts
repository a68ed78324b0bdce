import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { importsOf, packageOf, root, sourceFiles } from './sources.ts';

/**
 * The imports between packages that ARCHITECTURE.md allows. Because npm hoists workspace packages, only this test
 * catches an undeclared import.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  otlp: [],
  journal: [],
  transport: ['otlp'],
  store: ['otlp', 'journal'],
  sdk: ['otlp', 'journal', 'transport'],
  identity: ['otlp', 'transport'],
  query: ['otlp', 'store', 'transport', 'identity'],
  alerting: ['otlp', 'journal', 'transport', 'store', 'query'],
  collector: ['otlp', 'journal', 'transport', 'sdk', 'store', 'query', 'alerting', 'identity'],
  dashboard: ['query', 'sdk'],
  testkit: ['otlp', 'journal', 'transport', 'store', 'query', 'alerting', 'identity', 'collector', 'sdk'],
};
const NPM_NAME: Readonly<Record<string, string>> = { otelier: 'collector' };
/** Packages that also run in browsers. Their sources must not import Node modules. */
const ANYWHERE = ['otlp', 'dashboard'];

test('packages import only the packages that ARCHITECTURE.md allows', () => {
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

/** What the page imports by value, when it is used first. */
const OF_PAGE = ['@otelier/sdk/seal'];

test('the dashboard imports only types from the gateway', () => {
  const wrong = productFiles()
    .filter(({ pkg }) => pkg === 'dashboard')
    .flatMap(({ file }) =>
      importsOf(file)
        .filter(
          ({ specifier, typeOnly }) => siblingOf(specifier) !== undefined && !typeOnly && !OF_PAGE.includes(specifier),
        )
        .map(({ specifier }) => `${relative(root, file)} imports ${specifier}: use "import type"`),
    );
  assert.deepEqual(wrong, []);
});

test('every imported npm package is declared in the importing package', () => {
  const wrong = productFiles().flatMap(({ file, pkg }) => {
    const declared = declaredIn(pkg);
    return importsOf(file)
      .map(({ specifier }) => npmNameOf(specifier))
      .filter((name) => name !== undefined && !declared.has(name))
      .map((name) => `${relative(root, file)} imports ${name}, which packages/${pkg}/package.json does not declare`);
  });
  assert.deepEqual(wrong, []);
});

test('packages for any runtime import nothing from Node', () => {
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

test('there are no import cycles, including type imports', () => {
  assert.deepEqual(
    cyclesIn(
      new Map(
        sourceFiles().map((file) => [
          relative(root, file),
          importsOf(file)
            .filter(({ specifier }) => specifier.startsWith('.'))
            .map(({ specifier }) => relative(root, join(dirname(file), specifier))),
        ]),
      ),
    ),
    [],
  );
});

test('directories of the gateway import each other in one direction only', () => {
  const graph = new Map<string, Set<string>>();
  for (const { file, pkg } of productFiles()) {
    const from = directoryOf(file);
    if (pkg !== 'collector' || from === undefined) continue;
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const target of relativeImportsOf(file)) {
      const to = directoryOf(join(root, target)) ?? `src/${basename(target)}`;
      if (to !== from) targets.add(to);
    }
  }
  assert.ok(graph.size > 5);
  assert.deepEqual(cyclesIn(graph), []);
});

test("only the command line imports the registry and the gateway's public entry point", () => {
  const wrong = productFiles()
    .filter(({ file, pkg }) => pkg === 'collector' && directoryOf(file) !== 'cli')
    .flatMap(({ file }) =>
      relativeImportsOf(file)
        .filter((target) => /^packages.collector.src.[^/\\]+$/.test(target))
        .map((target) => `${relative(root, file)} imports ${target}`),
    );
  assert.deepEqual(wrong, []);
});

/** Returns the directory of a file within `packages/collector/src`, or `undefined` if the file is in `src` itself. */
function directoryOf(file: string): string | undefined {
  const [directory, ...rest] = relative(join(root, 'packages', 'collector', 'src'), file).split(sep);
  return rest.length > 0 ? directory : undefined;
}

/** Returns the files that a file imports from its own package, relative to the repository root. */
function relativeImportsOf(file: string): string[] {
  return importsOf(file)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => relative(root, join(dirname(file), specifier)));
}

/** Returns the cycles found by a depth-first search of the graph. The result is empty if and only if there are none. */
function cyclesIn(graph: ReadonlyMap<string, Iterable<string>>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (node: string, path: readonly string[]): void => {
    if (path.includes(node)) {
      cycles.push([...path.slice(path.indexOf(node)), node].join(' → '));
      return;
    }
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}

/** Returns the published source files, that is, without tests, test support, benchmarks and development servers. */
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
  // Test packages are dependencies of the root; type packages may be dependencies of the importing package.
  return new Set([
    name,
    ...Object.keys(dependencies),
    ...Object.keys(peerDependencies),
    ...(pkg === 'dashboard' || pkg === 'testkit' ? Object.keys(devDependencies) : []),
  ]);
}
