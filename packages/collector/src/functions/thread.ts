import { parentPort, workerData } from 'node:worker_threads';
import { releaseBytes } from '@otelier/otlp';
import { FunctionProcessor } from './function-processor.ts';
import { predicateSource } from './inline/predicate-source.ts';
import type { Runner } from './kinds/runner.ts';
import { UserFunction } from './kinds/user-function.ts';
import { moduleConfig } from './module/module-config.ts';
import { describeFailure, moduleError } from './module/module-error.ts';
import { functionsOfModule } from './module/module-functions.ts';
import { createUserModules } from './module/user-modules.ts';
import type {
  FromThread,
  FunctionDescription,
  FunctionResult,
  PartsMessage,
  RequestMessage,
  ResultMessage,
  ThreadOptions,
} from './protocol.ts';

// The entry point of a function thread: imports a module of the user, then applies its functions to batches.
if (parentPort === null) throw new Error('expected to run in a function thread');
const port = parentPort;
const { file, name, sources: replacements, running, memory } = workerData as ThreadOptions;
const modules = createUserModules(replacements);
const runners = new Map<string, Runner>();
const describe = (error: unknown) => describeFailure(error, modules.sources);

try {
  const namespace = await modules.import(file);
  const exported = namespace['default'];
  const functions = functionsOfModule(namespace);
  for (const [key, value] of functions) runners.set(key, value.createRunner(describe));
  post({
    kind: 'loaded',
    functions: new Map([...functions].map(([key, value]) => [key, describeFunction(value)])),
    config: exported instanceof UserFunction ? { kind: 'none' } : moduleConfig(exported, name),
    sources: modules.sources,
  });
} catch (error) {
  post({ kind: 'failed', error: moduleError(error, file, modules.sources), sources: modules.sources });
}

function describeFunction(value: UserFunction): FunctionDescription {
  const { use, signals, creator } = value;
  const predicate = value instanceof FunctionProcessor ? value.predicate : undefined;
  return { use, signals, creator, predicate: predicate && predicateSource(predicate) };
}

const shared = new Uint8Array(memory);

port.on('message', (requests: readonly RequestMessage[]) => {
  const transferred: ArrayBuffer[] = [];
  const results = requests.map((request) => {
    Atomics.store(running, 0, request.id);
    return messageOf(request, run(request), transferred);
  });
  Atomics.store(running, 0, 0);
  port.postMessage({ kind: 'results', results } satisfies FromThread, transferred);
});

function run(request: RequestMessage): FunctionResult {
  const runner = runners.get(request.functionName);
  if (runner === undefined) throw new Error(`expected a function, got "${request.functionName}"`);
  return runner.run({ ...request, parts: partsOf(request.parts) });
}

function partsOf(parts: PartsMessage): readonly Uint8Array[] {
  if (!('lengths' in parts)) return parts;
  let { offset } = parts;
  return parts.lengths.map((length) => {
    offset += length;
    return shared.subarray(offset - length, offset);
  });
}

/** Puts the result into the place of the request if it fits, and transfers it otherwise. */
function messageOf(
  { parts: input }: RequestMessage,
  result: FunctionResult,
  transferred: ArrayBuffer[],
): ResultMessage {
  const { parts } = result;
  if (parts === undefined) return { ...result, parts };
  const lengths = parts.map(({ length }) => length);
  const capacity = 'lengths' in input ? sumOf(input.lengths) : 0;
  if (!('lengths' in input) || sumOf(lengths) > capacity) {
    // A part that did not change can be a view of the shared memory.
    const owned = parts.map((part) => (part.buffer instanceof ArrayBuffer ? part : part.slice()));
    transferred.push(...owned.map(({ buffer }) => buffer as ArrayBuffer));
    return { ...result, parts: owned };
  }
  let { offset } = input;
  // A part that did not change is still in the shared memory, where another one may be written over it.
  for (const part of parts.map((one) => (one.buffer === memory && parts.length > 1 ? one.slice() : one))) {
    shared.set(part, offset);
    offset += part.length;
    releaseBytes(part);
  }
  return { ...result, parts: { offset: input.offset, lengths } };
}

function sumOf(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

function post(message: FromThread): void {
  port.postMessage(message);
}
