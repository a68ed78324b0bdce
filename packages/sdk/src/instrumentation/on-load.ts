import module from 'node:module';
import { diag } from '@opentelemetry/api';
import { errorMessage } from '../error-message.ts';

/** Instruments a library when the program loads one of its files. */
export interface LoadedLibrary {
  /**
   * The end of the file's path, below `node_modules/`, such as `express/index.js`; or the name of a module of Node, such
   * as `node:sqlite`.
   */
  readonly file: string;
  /** Receives the module's exports. */
  instrument(exports: unknown): void;
}

/**
 * Instruments libraries when the program loads them, with `require` or `import`. Their code is not changed except for a
 * last line that passes on the exports. A library that a bundler has included in the program is not found. Call the
 * result to undo it.
 */
export function instrumentOnLoad(libraries: readonly LoadedLibrary[]): () => void {
  // Missing in Bun and Deno.
  if (typeof module.registerHooks !== 'function') return () => {};
  const byFile = new Map(libraries.map((library) => [library.file, library]));
  loaded[LOADED] = (file, exports) => {
    try {
      byFile.get(file)?.instrument(exports);
    } catch (error) {
      diag.error(`${file} is not instrumented: ${errorMessage(error)}`);
    }
  };
  const loadedBuiltins = new Set<string>();
  const hooks = module.registerHooks({
    resolve(specifier, context, nextResolve) {
      const result = nextResolve(specifier, context);
      if (byFile.has(result.url) && module.isBuiltin(result.url) && !loadedBuiltins.has(result.url)) {
        loadedBuiltins.add(result.url);
        loaded[LOADED]?.(result.url, process.getBuiltinModule(result.url));
      }
      return result;
    },
    load(url, context, nextLoad) {
      const result = nextLoad(url, context);
      const file = fileOf(url);
      if (!byFile.has(file) || !result.source) return result;
      const call = CALLS[result.format ?? 'commonjs']?.(file, url);
      return call === undefined ? result : { ...result, source: `${textOf(result.source)}\n;${call}` };
    },
  });
  return () => {
    hooks.deregister();
    delete loaded[LOADED];
  };
}

/** Returns the path below the last `node_modules/`, or `''`. */
function fileOf(url: string): string {
  const start = url.lastIndexOf(DIRECTORY);
  return start < 0 ? '' : url.slice(start + DIRECTORY.length);
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source);
}

/** By format, the line that passes on the exports. The format of a file that `require` loads is not always known yet. */
const CALLS: Readonly<Record<string, (file: string, url: string) => string>> = {
  commonjs: (file) => `${callOf(file)}module.exports);`,
  // The module imports itself. Its exports are read-only, but not the prototypes of its classes.
  module: (file, url) => `import * as $otelier from ${JSON.stringify(url)};${callOf(file)}$otelier);`,
};

function callOf(file: string): string {
  return `globalThis[Symbol.for(${JSON.stringify(NAME)})]?.(${JSON.stringify(file)}, `;
}

const DIRECTORY = '/node_modules/';
const NAME = '@otelier/sdk/loaded';
/** The function that instrumented files call. Global, because they cannot import it. */
const LOADED: unique symbol = Symbol.for(NAME) as never;
const loaded = globalThis as { [LOADED]?: (file: string, exports: unknown) => void };
