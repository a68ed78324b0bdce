import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { applySchema } from '../../../config/apply.ts';
import { type Diagnostic, type Position, wholeSource } from '../../../config/config-error.ts';
import { unreadable } from '../../../config/referenced-file.ts';
import { type MapTree, moveTree, type Tree } from '../../../config/tree.ts';
import { parseYaml } from '../../../config/yaml/parse.ts';
import type { Dependencies } from '../watch.ts';
import { type Environment, errorAt } from './context.ts';
import type { TestFile } from './model.ts';
import { readConfiguration } from './read-configuration.ts';
import { readTests } from './read-tests.ts';
import { testFileSchema } from './schema.ts';

/** A test file, or its errors. */
export type ReadTestFile =
  | { readonly ok: true; readonly file: TestFile; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

/** Reads a test file in YAML or TypeScript, with its configuration and the files that it names. */
export async function readTestFile(
  name: string,
  environment: Environment,
  dependencies: Dependencies,
  isUpdate = false,
): Promise<ReadTestFile> {
  dependencies.add(resolve(name));
  const failed = (errors: readonly Diagnostic[]): ReadTestFile => ({
    ok: false,
    errors: inOrder(errors),
  });
  const source = await readSource(name, dependencies);
  if ('errors' in source) return failed(source.errors);
  const { tree, text, position } = source;
  const applied = applySchema(testFileSchema, tree, []);
  const written = entry(tree, 'config');
  const directory = dirname(name);
  if (!applied.ok) {
    // The configuration has errors of its own, which need not wait.
    const context = { directory, dependencies, environment, isUpdate, name, text, settings: [] };
    const own = written?.kind === 'map' ? (await readConfiguration({ ...context, written })).errors : [];
    return failed([...applied.errors, ...own]);
  }
  const value = applied.value;
  const context = { directory, dependencies, isUpdate, environment: { ...environment, ...value.environment } };
  if (written === undefined)
    return failed([errorAt(position, 'config', 'expected a configuration, or the path of its file, got none')]);
  const configuration = await readConfiguration({ ...context, name, text, written, settings: value.set });
  const read = await readTests(value.tests, entry(tree, 'tests') ?? tree, context);
  const errors = [...configuration.errors, ...read.errors];
  const { config } = configuration;
  if (config === undefined || errors.some(({ severity }) => severity === 'error')) return failed(errors);
  const file = { name, config, environment: context.environment, tests: read.tests };
  return { ok: true, file, warnings: errors };
}

interface Source {
  readonly tree: MapTree;
  /** The text that positions refer to; `undefined` if a module has generated the tree. */
  readonly text: string | undefined;
  readonly position: Position;
}

/** Maximum size of a test file. Large telemetry belongs into files of its own. */
const MAX_BYTES = 16 << 20;

async function readSource(
  name: string,
  dependencies: Dependencies,
): Promise<Source | { readonly errors: readonly Diagnostic[] }> {
  const whole = wholeSource(name);
  const failed = (message: string) => ({ errors: [errorAt(whole, '', message)] });
  try {
    const { size } = await stat(name);
    if (size > MAX_BYTES) return failed(`expected at most ${MAX_BYTES >> 20} MiB, got ${size >> 20} MiB`);
    if (/\.[mc]?[jt]s$/.test(name)) {
      const { readTestModule } = await import('../module/read-test-module.ts');
      const module = await readTestModule(name);
      for (const file of module.files) dependencies.add(file);
      if (!module.ok) return { errors: module.errors };
      const { tree } = parseYaml(name, module.text);
      if (tree?.kind !== 'map') return failed('expected tests, such as defineTests({ … }), got another value');
      return { tree: moveTree(tree, whole) as MapTree, text: undefined, position: whole };
    }
    const text = await readFile(name, 'utf8');
    const { tree, errors } = parseYaml(name, text);
    if (errors.some(({ severity }) => severity === 'error')) return { errors };
    if (tree?.kind === 'map') return { tree, text, position: tree.at };
    return failed(
      `expected a mapping with config and tests, got ${text.trim() === '' ? 'an empty file' : 'another value'}`,
    );
  } catch (cause) {
    return failed(unreadable(cause));
  }
}

/** Sorts errors by line and column. Those in other files are last. */
function inOrder(errors: readonly Diagnostic[]): Diagnostic[] {
  const [first] = errors;
  return errors.toSorted(({ position: a }, { position: b }) => {
    if (a.source !== b.source)
      return a.source === first?.position.source ? -1 : b.source === first?.position.source ? 1 : 0;
    return a.line - b.line || a.column - b.column;
  });
}

function entry(tree: MapTree, key: string): Tree | undefined {
  return tree.entries.get(key);
}
