import { EndpointError, parseEndpoint } from '@otelier/transport';
import { z } from '../schema.ts';

/** Returns the field for an address to listen on: `host:port` or `unix:/path`. */
export function listenEndpoint() {
  return z.string().superRefine((endpoint, issues) => {
    const message = endpointError(endpoint);
    if (message !== undefined) issues.addIssue({ code: 'custom', message, input: endpoint });
  });
}

/** Returns the error of an address to listen on. */
export function endpointError(endpoint: string): string | undefined {
  try {
    parseEndpoint(endpoint);
    return undefined;
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    return withoutPlace(error.message);
  }
}

/** Removes the name of the option and the value from a message: the configuration names both itself. */
export function withoutPlace(message: string): string {
  return message.replace(/^endpoint: /, '').replace(/, got ".*"$/s, '');
}
