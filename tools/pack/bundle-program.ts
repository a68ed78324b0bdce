/**
 * Bundles the program that `bin/otelier.js` runs. Node needs about 0.4 ms of CPU time for each module that it loads, and
 * the program has several hundred, so a bundle starts in two thirds of the time.
 *
 * The output has the directories of `packages/`: modules that are started by path (threads, child processes) become
 * entries at their own paths, and files that modules read are copied to theirs. `import.meta.url` in a module is the URL
 * that the module would have there, so that paths relative to it remain valid.
 */
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/** The command line. */
const MAIN = 'collector/src/cli/main.ts';
/** What modules of the user import as `@otelier/otlp`: the copy in the bundle. */
const PROTOCOL = 'otlp/src/index.ts';
const OWN_PROTOCOL = 'import.meta.resolve(PROTOCOL)';
/** Modules that are loaded by path, besides those that `startThread` starts. */
const LOADED_BY_PATH = [
  'collector/src/registry.generated.ts',
  'collector/src/authoring/authoring.ts',
  'collector/src/authoring/components.ts',
  'collector/src/authoring/definitions.ts',
  'collector/src/authoring/test/index.ts',
  'store/src/read/sql/process/child.ts',
  'transport/src/compression/thread.ts',
  PROTOCOL,
];
/** Modules whose `import.meta.url` refers to nothing but modules of the lists above, or to files that are copied. */
const KNOWN_URLS = [
  'collector/src/component/version.ts',
  'collector/src/functions/module/user-modules.ts',
  'collector/src/ottl/functions/user-agent/rules.ts',
  'collector/src/service/editing/dry-run/dry-run.ts',
  'collector/src/workers/create-worker-pool.ts',
  'query/src/patterns/pattern.ts',
  'store/src/read/shared/statements.ts',
  'store/src/read/sql/process/launch.ts',
  'store/src/thread.ts',
  'transport/src/compression/inflate-thread.ts',
  'transport/src/node-http.ts',
];
const FILES = ['collector/src/ottl/functions/user-agent/rules.json', 'store/src/read/shared/statements/*.sql'];

/**
 * Packages that are bundled too: `zod`, all that use it, since each copy has classes of its own, and packages of many
 * small modules.
 */
export const BUNDLED: readonly string[] = [
  'zod',
  'yaml',
  'hono',
  '@hono/node-server',
  '@hono/zod-openapi',
  '@hono/zod-validator',
  '@asteasolutions/zod-to-openapi',
  'openapi3-ts',
  '@modelcontextprotocol/core',
  '@modelcontextprotocol/server',
];
/** Modules that at least this many chunks need are in one chunk. With fewer modules in it, more chunks are loaded. */
const COMMON = 40;

const ROOT_URL = '__OTELIER_PROGRAM_ROOT__';
const START_THREAD = /\bstartThread\(import\.meta\.url, '([^']+)'/g;

/** Bundles the program of the repository at `root` into the directory `output`. Throws if a module would not run there. */
export async function bundleProgram(root: string, output: string): Promise<void> {
  const packages = join(root, 'packages');
  const sources = globSync('*/src/**/*.ts', { cwd: packages, exclude: ['**/*.{test,testing,bench}.ts'] });
  const threads = sources.flatMap((file) =>
    threadsOf(file.split(sep).join('/'), readFileSync(join(packages, file), 'utf8')),
  );
  const inputs = [MAIN, ...LOADED_BY_PATH, ...new Set(threads)];
  const isOurs = new RegExp(`^(?:[./]|@otelier/(?!dashboard)|(?:${BUNDLED.join('|')})(?:$|/))`);
  const bundle = await rolldown({
    input: Object.fromEntries(inputs.map((path) => [path.replace(/\.ts$/, ''), join(packages, path)])),
    platform: 'node',
    external: (id) => !isOurs.test(id) && !isAbsolute(id),
    plugins: [keepUrls((file) => relative(packages, file).split(sep).join('/'))],
    checks: { ineffectiveDynamicImport: false },
  });
  await bundle.write({
    dir: output,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: { groups: [{ name: 'common', minShareCount: COMMON }] },
  });
  await bundle.close();
  for (const file of FILES.flatMap((pattern) => globSync(pattern, { cwd: packages }))) {
    mkdirSync(dirname(join(output, file)), { recursive: true });
    copyFileSync(join(packages, file), join(output, file));
  }
  const { version } = JSON.parse(readFileSync(join(packages, 'collector', 'package.json'), 'utf8'));
  writeFileSync(join(output, 'package.json'), '{"type":"module"}\n');
  writeFileSync(join(output, 'collector', 'package.json'), `${JSON.stringify({ type: 'module', version })}\n`);
  writeFileSync(
    join(output, 'LICENSES'),
    BUNDLED.map((name) => licenseOf(join(root, 'node_modules', name))).join('\n'),
  );
}

/** Returns the name, version and license of a package, with the license's text if the package contains it. */
function licenseOf(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = join(directory, 'LICENSE');
  return `${name} ${version}: ${license}\n${existsSync(file) ? `\n${readFileSync(file, 'utf8')}` : ''}`;
}

/** Returns the paths of the threads that a module starts. */
function threadsOf(path: string, text: string): readonly string[] {
  return [...text.matchAll(START_THREAD)].map(([, thread = '']) => `${posix.join(posix.dirname(path), thread)}.ts`);
}

/** Returns an expression for the URL that a module has in the output. */
function urlOf(path: string): string {
  return `new URL(${JSON.stringify(path.replace(/\.ts$/, '.js'))}, ${ROOT_URL}).href`;
}

/** Replaces `import.meta.url` by the URL of the module in the output. */
function keepUrls(pathOf: (file: string) => string): Plugin {
  return {
    name: 'urls-of-modules',
    transform(code, id) {
      const path = pathOf(id);
      // Rolldown's own modules have no path.
      if (path.startsWith('..') || !code.includes('import.meta.url')) return undefined;
      if (!KNOWN_URLS.includes(path) && code.replaceAll(START_THREAD, '').includes('import.meta.url'))
        throw new Error(`${path} uses import.meta.url: add what it refers to in tools/pack/bundle-program.ts`);
      return { code: code.replaceAll(OWN_PROTOCOL, urlOf(PROTOCOL)).replaceAll('import.meta.url', urlOf(path)) };
    },
    renderChunk(code, { fileName }) {
      if (!code.includes(ROOT_URL)) return undefined;
      const up = posix.relative(posix.dirname(fileName), '.');
      return { code: code.replaceAll(ROOT_URL, `new URL(${JSON.stringify(`./${up}/`)}, import.meta.url)`) };
    },
  };
}
