import type { Attributes } from '../attributes/attribute-list.ts';
import type { Environment } from '../environment.ts';
import { telemetrySdk } from './detection.ts';
import { resourceFromEnvironment } from './environment.ts';
import { executableName } from './process.ts';

/** Returns the default resource: the SDK, a fallback service name, and the attributes from the environment. */
export function defaultResource(environment: Environment): Attributes {
  const executable = executableName();
  return {
    'service.name': executable === undefined ? 'unknown_service' : `unknown_service:${executable}`,
    ...telemetrySdk('nodejs'),
    ...resourceFromEnvironment(environment),
  };
}
