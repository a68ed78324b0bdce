import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ModuleSource } from '../protocol.ts';

/** Imports a module of the user, once in a thread. */
export interface UserModules {
  /** Sources of the modules of the user that have been loaded, by URL. */
  readonly sources: ReadonlyMap<string, ModuleSource>;
  import(file: string): Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Registers the hooks with which this thread imports modules of the user: `otelier` is the running program, wherever it
 * is installed, and `replacements` take precedence over files.
 */
export function createUserModules(replacements: ReadonlyMap<string, ModuleSource> | undefined): UserModules {
  const sources = new Map<string, ModuleSource>();
  registerHooks({
    resolve(specifier, context, next) {
      const entryPoint = entryPointOf(specifier, sources.get(context.parentURL ?? '')?.text ?? '');
      if (entryPoint !== undefined) return { url: entryPoint, format: undefined, shortCircuit: true };
      const url = URL.canParse(specifier, context.parentURL) ? new URL(specifier, context.parentURL).href : '';
      if (replacements?.has(url)) return { url, shortCircuit: true };
      return next(specifier, context);
    },
    load(url, context, next) {
      if (!isUserFile(url)) return next(url, context);
      const replacement = replacements?.get(url);
      if (replacement !== undefined) {
        sources.set(url, replacement);
        return { source: replacement.text, format: replacement.format, shortCircuit: true };
      }
      // Recorded before the file is parsed, so that a file with errors is watched and can be searched for them.
      sources.set(url, { text: readText(url), format: /\.[mc]?ts$/.test(url) ? 'module-typescript' : 'module' });
      const format = esmFormat(url, context.format, readText(url));
      const loaded = next(url, format === undefined ? context : { ...context, format });
      const text = loaded.source === undefined || loaded.source === null ? readText(url) : textOf(loaded.source);
      sources.set(url, { text, format: loaded.format ?? 'module' });
      return loaded;
    },
  });
  return { sources, import: async (file) => await import(pathToFileURL(file).href) };
}

/** The modules that `otelier` means in modules of the user: only what they need, because each save loads it again. */
const ENTRY_POINTS: ReadonlyMap<string, string> = new Map([
  ['otelier', urlOf('../../authoring/authoring')],
  ['otelier/test', urlOf('../../authoring/test/index')],
]);
/** The directory of this program's sources. */
const PROGRAM = new URL('../../', import.meta.url).href;

/** What modules with functions import from `otelier`. Others load the definitions of components too, and their schemas. */
const FUNCTIONS_ONLY = /^(?:type \w+|defineConfig|filter\w+|map\w+|route|aggregate|tailSample)(?: as \w+)?$/;
const DEFINITIONS = urlOf('../../authoring/definitions');
/** The definitions and servers, which are loaded only where they are imported by name, or everything is. */
const COMPONENTS = urlOf('../../authoring/components');
const WITH_SERVERS = /^(?:createHttpServer\b|\*)/;
/** Components need the views and writers of the program's own copy of the protocol. */
const PROTOCOL = '@otelier/otlp';

function entryPointOf(specifier: string, importer: string): string | undefined {
  if (specifier === PROTOCOL && importer !== '') return import.meta.resolve(PROTOCOL);
  if (specifier !== 'otelier') return ENTRY_POINTS.get(specifier);
  const imports = [...importer.matchAll(/\b(?:import|export)\s+(?!type\b)([^;'"]*?)\s+from\s+['"]otelier['"]/g)];
  // What is required or imported while the module runs is not known.
  if (/\b(?:require|import)\(\s*['"]otelier['"]/.test(importer)) return COMPONENTS;
  const names = imports
    .flatMap(([, clause = '']) => clause.replace(/^\{|\}$/g, '').split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.every((name) => FUNCTIONS_ONLY.test(name))) return ENTRY_POINTS.get(specifier);
  return names.some((name) => WITH_SERVERS.test(name)) ? COMPONENTS : DEFINITIONS;
}

/**
 * Returns the format of a module with the syntax of ES modules in a package whose type is CommonJS, as `npm init` writes
 * it; `undefined` for others. Configurations are ES modules wherever they are.
 */
function esmFormat(url: string, format: string | null | undefined, text: string): string | undefined {
  const isCommonJs = format === 'commonjs' || format === 'commonjs-typescript';
  if (!isCommonJs || /\.c[jt]s$/.test(url) || !/^\s*(?:import\b\s*(?!\()|export\b)/m.test(text)) return undefined;
  return format === 'commonjs' ? 'module' : 'module-typescript';
}

function urlOf(path: string): string {
  return new URL(`${path}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href;
}

function isUserFile(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(PROGRAM) && !isWorkspace(url);
}

/** Reports whether a file belongs to a package of this repository, which `node_modules` links to. */
function isWorkspace(url: string): boolean {
  return import.meta.url.endsWith('.ts') && url.startsWith(new URL('../../../../', import.meta.url).href);
}

function readText(url: string): string {
  try {
    return readFileSync(new URL(url), 'utf8');
  } catch {
    return '';
  }
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray): string {
  if (typeof source === 'string') return source;
  return Buffer.from(
    source instanceof ArrayBuffer
      ? new Uint8Array(source)
      : new Uint8Array(source.buffer, source.byteOffset, source.byteLength),
  ).toString('utf8');
}
