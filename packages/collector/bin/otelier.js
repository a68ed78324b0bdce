#!/usr/bin/env node
// Entry point of the command line, in plain JavaScript, so that it also runs under a Node.js that is too old for the rest.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = 24;

/**
 * Settings of glibc's allocator, which reads them at the start of a process only (mallopt(3)). By default it learns to keep
 * freed blocks of up to 32 MiB, in a heap for each thread: 754 MB of which 400 MB were in use, after five requests of
 * millions of small items; 338 MB with these. Blocks of up to 8 MiB, as ordinary bodies and columns have, are
 * kept: with 2 MiB, the store was 5 % slower.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: '8388608', MALLOC_TRIM_THRESHOLD_: '33554432', MALLOC_ARENA_MAX: '2' };
const RESTARTED = 'OTELIER_ALLOCATOR_SET';
/**
 * Limits the space of V8 for new objects, which keeps its largest size, 32 MiB twice, once much was allocated at a time:
 * with 10,000 pods in `k8s_attributes`, 170 instead of 247 MB, at the same speed.
 */
const NEW_SPACE = '--max-semi-space-size=8';
/**
 * Settings for the operator, whose memory is mostly garbage of JavaScript. V8 collects the space of old objects sooner when it
 * optimizes for size: with 1,000 collectors, 125 to 137 instead of 157 MB after a start.
 */
const OPERATOR_SPACES = ['--max-semi-space-size=2', '--optimize-for-size'];

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  useAllocatorSettings();
  nodeModule.enableCompileCache?.();
  const { main } = await import(programOf().href);
  await main();
} else {
  useNewerNode();
}

/** Returns the module of the command line: the sources in the repository, otherwise the bundle of the published package. */
function programOf() {
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const isRepository = existsSync(source);
  const bundle = isRepository ? process.env.OTELIER_PROGRAM : fileURLToPath(new URL('../program', import.meta.url));
  return bundle ? new URL(`${pathToFileURL(bundle)}/collector/src/cli/main.js`) : source;
}

/** Restarts this process once with the settings of the allocator and of V8, for commands that run the service, on Linux. */
function useAllocatorSettings() {
  const { env, execPath, argv } = process;
  if (env[RESTARTED] !== undefined) {
    // Applications that this process starts do not inherit them.
    for (const name of [RESTARTED, ...Object.keys(ALLOCATOR)]) delete env[name];
    return;
  }
  if (!usesAllocatorSettings()) return;
  // An IPC channel to the parent does not survive, nor does the pipe on descriptor 3.
  if (typeof process.execve !== 'function' || process.connected || env.OTELIER_PARENT_PIPE !== undefined) return;
  if (!existsSync(execPath)) return;
  const isSizedByUser = /semi.space/.test(`${process.execArgv} ${env.NODE_OPTIONS}`);
  const spaces = argv[2] === 'operator' ? OPERATOR_SPACES : [NEW_SPACE];
  process.execve(execPath, [execPath, ...(isSizedByUser ? [] : spaces), ...process.execArgv, ...argv.slice(1)], {
    ...env,
    ...ALLOCATOR,
    [RESTARTED]: '1',
  });
}

/** Returns whether this process is to run with the allocator's settings. */
function usesAllocatorSettings() {
  const [command = '--config', ...more] = process.argv.slice(2);
  const isService =
    command === 'run' ||
    command === 'operator' ||
    (command.startsWith('-') && !/^(-h|--help|-V|--version)$/.test(command));
  const isSetByUser = /(^|,)(MALLOC_|GLIBC_TUNABLES|LD_PRELOAD)/.test(Object.keys(process.env).join());
  return isService && !more.includes('--help') && !isSetByUser && process.platform === 'linux';
}

/** Continues under the Node.js of the workspace, or prints what to install. */
function useNewerNode() {
  const bundled = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(bundled)) {
    process.stderr.write(
      `otelier needs Node ${OLDEST_NODE} or newer, and this is ${process.version}. Install a current Node (https://nodejs.org) or run: npx -p node@${OLDEST_NODE} -p otelier otelier\n`,
    );
    process.exit(1);
  }
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (typeof process.execve === 'function') process.execve(bundled, [bundled, ...args], process.env);
  // The pipe on descriptor 3 closes when this process ends, so that the child never outlives it.
  const child = spawn(bundled, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: {
      ...process.env,
      ...(usesAllocatorSettings() ? { ...ALLOCATOR, [RESTARTED]: '1' } : {}),
      OTELIER_PARENT_PIPE: '3',
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code ?? 1)));
}
