import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { moduleError } from '../../../functions/module/module-error.ts';
import { createUserModules } from '../../../functions/module/user-modules.ts';
import type { ModuleMessage, ModuleThreadOptions } from './protocol.ts';
import { ModuleValueError, writeYaml } from './write-yaml.ts';

// The entry point of a thread that imports a test module, so that a watching process can import it again.
if (parentPort === null) throw new Error('expected to run in a thread');
const { file } = workerData as ModuleThreadOptions;
const modules = createUserModules(undefined);
parentPort.postMessage(await load());

async function load(): Promise<ModuleMessage> {
  try {
    const { default: exported } = await modules.import(file);
    if (exported === undefined)
      return failed('expected the default export to be tests, such as defineTests({ … }), got none');
    return { ok: true, text: writeYaml(exported), files: files() };
  } catch (error) {
    if (error instanceof ModuleValueError) return failed(error.message);
    return { ok: false, ...moduleError(error, file, modules.sources), files: files() };
  }
}

function failed(message: string): ModuleMessage {
  return { ok: false, file, line: 0, column: 0, message, files: files() };
}

function files(): string[] {
  return [...modules.sources.keys()].map((url) => fileURLToPath(url));
}
