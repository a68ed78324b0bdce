import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_URL } from '../built-in.ts';

/** Directory of the store of the built-in configuration. */
export const DEFAULT_DATA = './.otelier';

/** Directory of the extension `identity`. */
export const DEFAULT_IDENTITY = './.otelier/identity';

/** Creates the option `--config`. */
export function configOption(): Option {
  return new Option(
    '--config <source>',
    'file, file:PATH, env:NAME or yaml:TEXT; repeatable, later ones override earlier ones',
  )
    .argParser(collect)
    .default([], 'none');
}

/** Creates the option `--feature-gates`. */
export function featureGatesOption(): Option {
  return new Option('--feature-gates <gates>', "accepted as in the Collector's command line; otelier has none")
    .argParser(collect)
    .default([], 'none');
}

/** Creates the option `--set`. */
export function setOption(): Option {
  return new Option('--set <key=value>', 'override one value, such as exporters.store.max_size=1GB')
    .argParser(collect)
    .default([], 'none');
}

/** Creates the option `--url`. */
export function urlOption(): Option {
  return new Option('--url <url>', 'URL of the running process').env('OTELIER_URL').argParser(url).default(DEFAULT_URL);
}

/** Creates the option `--json`. */
export function jsonOption(what = 'print the report as JSON instead of text'): Option {
  return new Option('--json', what);
}

/** Creates the option `--data` of commands that read a store which no process has open. */
export function closedDataOption(): Option {
  return new Option('--data <dir>', 'read this store, which no process may have open');
}

/** Appends a value of a repeatable option. */
export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

/** Parses a positive integer. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`expected a positive integer, got "${text}"`);
  return value;
}

function url(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError(`expected a URL such as ${DEFAULT_URL}, got "${text}"`);
  return text;
}
