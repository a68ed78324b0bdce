import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Arguments for a process that first loads a module of this directory, which reads the parameters from its URL. */
export function preloadArguments(name: string, parameters: Readonly<Record<string, string>>): string[] {
  const url = pathToFileURL(join(import.meta.dirname, name));
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
  return ['--import', url.href];
}
