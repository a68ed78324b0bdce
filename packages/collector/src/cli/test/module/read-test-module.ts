import { resolve } from 'node:path';
import { SMALL_HEAP, startThread } from '@otelier/store/thread';
import type { Diagnostic } from '../../../config/config-error.ts';
import { displayPath } from '../../../functions/module/display-path.ts';
import type { ModuleMessage, ModuleThreadOptions } from './protocol.ts';

/** The tests in a module as YAML, or the errors with their positions, and the files that were imported. */
export type TestModule = { readonly files: readonly string[] } & (
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] }
);

/** How long a module may take to load, which includes its own top-level code. */
const LOAD_TIMEOUT_MILLIS = 30_000;

/** Imports a test module in a thread of its own. */
export async function readTestModule(name: string): Promise<TestModule> {
  const file = resolve(name);
  const workerData: ModuleThreadOptions = { file };
  const worker = startThread(import.meta.url, './thread', {
    name: 'otelier-test-module',
    workerData,
    resourceLimits: SMALL_HEAP,
  });
  const loaded = Promise.withResolvers<ModuleMessage>();
  const fail = (message: string) => loaded.resolve({ ok: false, file, line: 0, column: 0, message, files: [file] });
  const timer = setTimeout(
    () => fail(`expected the module to load within ${LOAD_TIMEOUT_MILLIS / 1000} s`),
    LOAD_TIMEOUT_MILLIS,
  );
  worker.on('message', (message: ModuleMessage) => loaded.resolve(message));
  worker.on('error', (error: unknown) =>
    fail(error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );
  worker.on('exit', () => fail('expected the module to load, got the end of its thread'));
  const message = await loaded.promise;
  clearTimeout(timer);
  await worker.terminate();
  if (message.ok) return message;
  const source = message.file === file ? name : displayPath(message.file);
  const position = { source, line: message.line, column: message.column };
  return {
    ok: false,
    files: message.files,
    errors: [{ severity: 'error', position, path: '', message: message.message }],
  };
}
