#!/usr/bin/env node
// The door of the command line. Plain JavaScript, because it also has to answer under a Node that is too old for the rest.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;

/**
 * Settings of glibc's allocator, which reads them at the start of a process only (mallopt(3)). By default it learns to keep
 * freed blocks of up to 32 MiB, in a heap for each thread: 754 MB of which 400 MB were in use, after five requests of
 * millions of small items; 338 MB with these. Bodies of up to 2 MiB, the ordinary ones, are kept for the next request.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: '2097152', MALLOC_TRIM_THRESHOLD_: '33554432', MALLOC_ARENA_MAX: '2' };
const RESTARTED = 'OTELIER_ALLOCATOR_SET';

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  useAllocatorSettings();
  nodeModule.enableCompileCache?.();
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = await import(
    existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href
  );
  await main();
} else {
  useNewerNode();
}

/** Replaces this process by itself with the allocator's settings, for commands that run the service; once, on Linux. */
function useAllocatorSettings() {
  const { env, execPath, argv } = process;
  if (env[RESTARTED] !== undefined) {
    // They are not for applications that this process starts.
    for (const name of [RESTARTED, ...Object.keys(ALLOCATOR)]) delete env[name];
    return;
  }
  const [command = '--config', ...more] = argv.slice(2);
  const isService = command === 'run' || (command.startsWith('-') && !/^(-h|--help|-V|--version)$/.test(command));
  const isSetByUser = /(^|,)(MALLOC_|GLIBC_TUNABLES|LD_PRELOAD)/.test(Object.keys(env).join());
  if (!isService || more.includes('--help') || isSetByUser || process.platform !== 'linux') return;
  // An IPC channel to the parent does not survive.
  if (typeof process.execve !== 'function' || process.connected || !existsSync(execPath)) return;
  process.execve(execPath, [execPath, ...process.execArgv, ...argv.slice(1)], {
    ...env,
    ...ALLOCATOR,
    [RESTARTED]: '1',
  });
}

/** Goes on under the Node that the workspace brings, and where there is none says what to do. */
function useNewerNode() {
  const bundled = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(bundled)) {
    process.stderr.write(
      `otelier needs Node ${OLDEST_NODE} or newer, and this is ${process.version}. Install a current Node (https://nodejs.org) or run: npx -p node@${OLDEST_NODE} -p otelier otelier\n`,
    );
    process.exit(1);
  }
  const words = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (typeof process.execve === 'function') process.execve(bundled, [bundled, ...words], process.env);
  // The pipe on descriptor 3 ends when this process does, however it ends, so that the other one never outlives it.
  const child = spawn(bundled, words, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, OTELIER_PARENT_PIPE: '3' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code ?? 1)));
}
