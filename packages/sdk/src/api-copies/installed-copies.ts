import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** A copy of `@opentelemetry/api` on disk. */
export interface ApiCopy {
  readonly version: string;
  readonly directory: string;
}

/** Returns the copies loaded by CommonJS modules, and the copy that the program would resolve. */
export function installedCopies(program: string = process.argv[1] ?? 'program'): readonly ApiCopy[] {
  const require = createRequire(resolve(program));
  const files = [...Object.keys(require.cache ?? {}), ...fileFoundBy(require)];
  const directories = new Set(
    files.map((file) => API_DIRECTORY.exec(file)?.[1]).filter((directory) => directory !== undefined),
  );
  return [...directories].flatMap((directory) => {
    const version = versionIn(directory);
    return version === undefined ? [] : [{ version, directory }];
  });
}

const API_DIRECTORY = /^(.*[\\/]@opentelemetry[\\/]api)[\\/]/;

function fileFoundBy(require: NodeJS.Require): readonly string[] {
  try {
    return [require.resolve('@opentelemetry/api')];
  } catch {
    return [];
  }
}

/** Returns the version of the package, or `undefined` if it cannot be read (for example, from an archive). */
function versionIn(directory: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
