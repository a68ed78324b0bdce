import { parentPort, workerData } from 'node:worker_threads';
import type { Definition } from '../../component/define.ts';
import { isDefinition } from '../../functions/module/is-definition.ts';
import { describeFailure, moduleError } from '../../functions/module/module-error.ts';
import { createUserModules } from '../../functions/module/user-modules.ts';
import { describeDefinition } from './describe-definition.ts';
import type { ComponentThreadOptions, FromComponents, ToComponents } from './protocol.ts';

// The entry point of a component thread: imports a module of the user, then runs instances of the components it defines.
if (parentPort === null) throw new Error('expected to run in a component thread');
const port = parentPort;
const { file, sources: replacements, beat, syncEnd } = workerData as ComponentThreadOptions;
const modules = createUserModules(replacements);
const definitions = new Map<string, Definition>();
const post = (message: FromComponents) => port.postMessage(message);

/** Several times within the shortest time after which the thread counts as blocked. */
const BEAT_MILLIS = 250;
setInterval(() => Atomics.add(beat, 0, 1), BEAT_MILLIS).unref();

try {
  const namespace = await modules.import(file);
  for (const [name, value] of Object.entries(namespace)) if (isDefinition(value)) definitions.set(name, value);
  for (const [name, value] of Object.entries(componentsOf(namespace['default'])))
    if (isDefinition(value)) definitions.set(name, value);
  const descriptions = [...definitions].map(([name, definition]) => describeDefinition(name, definition));
  post({ kind: 'loaded', definitions: descriptions, sources: modules.sources });
} catch (error) {
  post({ kind: 'failed', error: moduleError(error, file, modules.sources), sources: modules.sources });
}

// What runs instances is loaded only in threads that have components.
const { Instances } = await import('./instances.ts');
const instances = new Instances(definitions, post, (error) => describeFailure(error, modules.sources), syncEnd);
port.on('message', (message: ToComponents) => void instances.handle(message));

/** Returns the definitions in the configuration that is a module's default export. */
function componentsOf(exported: unknown): object {
  if (typeof exported !== 'object' || exported === null || !('components' in exported)) return {};
  const { components } = exported;
  return typeof components === 'object' && components !== null ? components : {};
}
