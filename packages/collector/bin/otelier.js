#!/usr/bin/env node
// The door of the command line. Plain JavaScript, because it also has to answer under a Node that is too old for the rest.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  nodeModule.enableCompileCache?.();
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = await import(
    existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href
  );
  await main();
} else {
  useNewerNode();
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
