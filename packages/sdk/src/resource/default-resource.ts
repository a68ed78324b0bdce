import type { Attributes } from '../attributes/attribute-list.ts';
import type { Environment } from '../environment.ts';
import { resourceFromEnvironment } from './environment.ts';
import { executableName } from './executable.ts';
import { telemetrySdk } from './telemetry-sdk.ts';

/** What is known of a program that says nothing of itself: the SDK, a stand-in for the service's name, and what the environment says. */
export function defaultResource(environment: Environment): Attributes {
  const executable = executableName();
  return {
    'service.name': executable === undefined ? 'unknown_service' : `unknown_service:${executable}`,
    ...telemetrySdk('nodejs'),
    ...resourceFromEnvironment(environment),
  };
}
