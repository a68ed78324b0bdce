import { createReadStream, existsSync } from 'node:fs';
import { type Diagnostic, wholeSource } from './config-error.ts';
import type { ConfigSource } from './model.ts';
import { MAX_FILE_BYTES, TOO_LARGE, unreadable } from './referenced-file.ts';

/**
 * Reads configuration sources for `loadConfig`: files, or the Collector's URIs `file:PATH`, `env:NAME` and `yaml:TEXT`.
 * A source that cannot be read is reported as an error, not thrown.
 */
export async function readConfigFiles(
  uris: readonly string[],
  environment: Environment = {},
): Promise<{ readonly sources: readonly ConfigSource[]; readonly errors: readonly Diagnostic[] }> {
  const sources: ConfigSource[] = [];
  const errors: Diagnostic[] = [];
  for (const uri of uris) {
    const { name, text, failure } = await readUri(uri, environment);
    if (text !== undefined) sources.push({ name, text });
    else errors.push({ severity: 'error', position: wholeSource(name), path: '', message: failure });
  }
  return { sources, errors };
}

interface ReadText {
  readonly name: string;
  readonly text: string | undefined;
  readonly failure: string;
}

async function readUri(uri: string, environment: Environment): Promise<ReadText> {
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):([\s\S]*)$/.exec(uri) ?? [];
  switch (scheme) {
    case 'yaml':
      return { name: 'yaml', text: rest, failure: '' };
    case 'env': {
      const text = Object.hasOwn(environment, rest) ? environment[rest] : undefined;
      return { name: uri, text, failure: 'expected the name of a variable that is set' };
    }
    case 'file':
      return readPath(rest);
    case '':
      return readPath(uri);
    default:
      if (existsSync(uri)) return readPath(uri);
      return {
        name: uri,
        text: undefined,
        failure: `expected a file, file:PATH, env:NAME or yaml:TEXT, got ${scheme}:`,
      };
  }
}

async function readPath(name: string): Promise<ReadText> {
  try {
    return { name, text: await readText(name), failure: TOO_LARGE };
  } catch (cause) {
    return { name, text: undefined, failure: unreadable(cause) };
  }
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
