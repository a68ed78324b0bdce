import { createReadStream, existsSync } from 'node:fs';
import { type Diagnostic, wholeSource } from './config-error.ts';
import type { ConfigSource } from './model.ts';
import { MAX_FILE_BYTES, TOO_LARGE, unreadable } from './referenced-file.ts';

/**
 * Reads configuration sources for `loadConfig`: YAML files, TypeScript modules, or the Collector's URIs `file:PATH`,
 * `env:NAME` and `yaml:TEXT`. A source that cannot be read is reported as an error, not thrown.
 */
export async function readConfigFiles(
  uris: readonly string[],
  environment: Environment = {},
): Promise<{ readonly sources: readonly ConfigSource[]; readonly errors: readonly Diagnostic[] }> {
  const sources: ConfigSource[] = [];
  const errors: Diagnostic[] = [];
  for (const uri of uris) {
    const read = await readUri(uri, environment);
    if ('errors' in read) errors.push(...read.errors);
    else sources.push(read);
  }
  return { sources, errors };
}

/** Returns the paths of the sources that are files. */
export function configFilesOf(uris: readonly string[]): string[] {
  return uris.flatMap((uri) => {
    if (uri.startsWith('file:')) return [uri.slice('file:'.length)];
    return /^(?:yaml|env):/.test(uri) ? [] : [uri];
  });
}

type Read = ConfigSource | { readonly errors: readonly Diagnostic[] };

async function readUri(uri: string, environment: Environment): Promise<Read> {
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):([\s\S]*)$/.exec(uri) ?? [];
  switch (scheme) {
    case 'yaml':
      return { name: 'yaml', text: rest };
    case 'env': {
      const text = Object.hasOwn(environment, rest) ? environment[rest] : undefined;
      return text === undefined ? failed(uri, 'expected the name of a variable that is set') : { name: uri, text };
    }
    case 'file':
      return readPath(rest);
    case '':
      return readPath(uri);
    default:
      if (existsSync(uri)) return readPath(uri);
      return failed(uri, `expected a file, file:PATH, env:NAME or yaml:TEXT, got ${scheme}:`);
  }
}

async function readPath(name: string): Promise<Read> {
  try {
    const text = await readText(name);
    if (text === undefined) return failed(name, TOO_LARGE);
    return isModuleFile(name) ? await readModule(name) : { name, text };
  } catch (cause) {
    return failed(name, unreadable(cause));
  }
}

/** Reports whether a file is a module: TypeScript or JavaScript. */
export function isModuleFile(file: string): boolean {
  return /\.[mc]?[jt]s$/.test(file);
}

async function readModule(name: string): Promise<Read> {
  // Most configurations are YAML files, which do not need the threads that load modules.
  const { loadConfigModule } = await import('../functions/load-config-module.ts');
  const loaded = await loadConfigModule(name);
  // JSON is YAML, so that everything that reads a source also reads the configuration of a module.
  if (loaded.ok) return { name, text: loaded.json, isGenerated: true };
  return {
    errors: loaded.errors.map(({ file, line, column, path, message }) => ({
      severity: 'error',
      position: { source: file, line, column },
      path,
      message,
    })),
  };
}

function failed(name: string, message: string): Read {
  return { errors: [{ severity: 'error', position: wholeSource(name), path: '', message }] };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a file or pipe. Returns `undefined` as soon as it exceeds the limit, because a device never ends. */
async function readText(name: string): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(name)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_FILE_BYTES) return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
