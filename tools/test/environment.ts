import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Variables without which programs do not start on Windows. */
const WINDOWS = ['SystemRoot', 'ComSpec', 'PATHEXT', 'LOCALAPPDATA', 'USERPROFILE'];

/** The seed of generated tests, to repeat a failure. */
const SEED = 'OTELIER_TEST_SEED';

/** Directories of a run of the tests. */
export interface Directories {
  /** The `node_modules/.bin` of the project, first in the path. */
  readonly bin: string;
  /** An empty home directory. */
  readonly home: string;
  /** Where processes keep compiled code for the next ones. */
  readonly compileCache: string;
  /** The bundle that `otelier` runs as, because it starts faster than the sources; `undefined`: the sources. */
  readonly program: string | undefined;
  /** Where processes and threads write the coverage of lines; `undefined`: nowhere. */
  readonly coverage: string | undefined;
}

/**
 * Returns the complete environment of test processes. It is the same in every terminal and on every machine, so that
 * the caller's CI, colors, proxies, locale or telemetry settings cannot change a result; only the paths differ.
 */
export function testEnvironment(
  caller: NodeJS.ProcessEnv,
  { bin, home, compileCache, program, coverage }: Directories,
): Record<string, string> {
  const windows = WINDOWS.flatMap((name) => (caller[name] === undefined ? [] : [[name, caller[name]]]));
  return {
    ...(process.platform === 'win32' ? Object.fromEntries(windows) : {}),
    PATH: `${bin}${delimiter}${caller['PATH'] ?? ''}`,
    HOME: home,
    TMPDIR: tmpdir(),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    NODE_COMPILE_CACHE: compileCache,
    ...npmSettings(caller),
    ...(program === undefined ? {} : { OTELIER_PROGRAM: program }),
    ...(caller[SEED] === undefined ? {} : { [SEED]: caller[SEED] }),
    ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }),
  };
}

/** The few settings that npm needs to install a published package: where from, through what, and what it has already. */
function npmSettings(caller: NodeJS.ProcessEnv): Record<string, string> {
  const set = (name: string, ...alternatives: readonly string[]): [string, string][] => {
    const value = [`npm_config_${name}`, ...alternatives].map((key) => caller[key]).find(Boolean);
    return value === undefined ? [] : [[`npm_config_${name}`, value]];
  };
  return Object.fromEntries([
    ['npm_config_userconfig', join(homedir(), '.npmrc')],
    ['npm_config_cache', join(homedir(), '.npm')],
    ...set('userconfig'),
    ...set('cache'),
    ...set('registry'),
    ...set('cafile', 'NODE_EXTRA_CA_CERTS'),
    ...set('proxy', 'http_proxy', 'HTTP_PROXY'),
    ...set('https_proxy', 'https_proxy', 'HTTPS_PROXY'),
    ...set('noproxy', 'no_proxy', 'NO_PROXY'),
  ]);
}
