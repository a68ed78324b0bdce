import { parentPort, workerData } from 'node:worker_threads';
import { FunctionProcessor } from './function-processor.ts';
import { functionsOf, moduleConfig } from './module-config.ts';
import { describeFailure, moduleError } from './module-error.ts';
import type { FromThread, FunctionRequest, FunctionResult, ThreadOptions } from './protocol.ts';
import { FunctionRunner } from './run-function.ts';
import { createUserModules } from './user-modules.ts';

// The entry point of a function thread: imports a module of the user, then applies its functions to batches.
if (parentPort === null) throw new Error('expected to run in a function thread');
const port = parentPort;
const { file, name, sources: replacements, running } = workerData as ThreadOptions;
const modules = createUserModules(replacements);
const runners = new Map<string, FunctionRunner>();
const describe = (error: unknown) => describeFailure(error, modules.sources);

try {
  const namespace = await modules.import(file);
  const exported = namespace['default'];
  const processors =
    typeof exported === 'object' && exported !== null && 'processors' in exported ? exported.processors : {};
  const functions = new Map(functionsOf(processors));
  for (const [key, value] of Object.entries(namespace))
    if (value instanceof FunctionProcessor) functions.set(key, value);
  for (const [key, processor] of functions) runners.set(key, new FunctionRunner(processor, describe));
  post({
    kind: 'loaded',
    functions: new Map([...functions].map(([key, { signal, creator }]) => [key, { signal, creator }])),
    config: exported instanceof FunctionProcessor ? { kind: 'none' } : moduleConfig(exported, name),
    sources: modules.sources,
  });
} catch (error) {
  post({ kind: 'failed', error: moduleError(error, file, modules.sources), sources: modules.sources });
}

port.on('message', (requests: readonly FunctionRequest[]) => {
  const results: FunctionResult[] = [];
  for (const request of requests) {
    Atomics.store(running, 0, request.id);
    results.push(run(request));
  }
  Atomics.store(running, 0, 0);
  const transferred = results.flatMap(({ parts = [] }) => parts.map(({ buffer }) => buffer as ArrayBuffer));
  port.postMessage({ kind: 'results', results } satisfies FromThread, [...new Set(transferred)]);
});

function run(request: FunctionRequest): FunctionResult {
  const runner = runners.get(request.functionName);
  if (runner === undefined) throw new Error(`expected a function, got "${request.functionName}"`);
  return runner.run(request);
}

function post(message: FromThread): void {
  port.postMessage(message);
}
