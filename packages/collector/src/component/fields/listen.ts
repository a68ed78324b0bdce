import { EndpointError, parseEndpoint } from '@otelier/transport/endpoint';
import { z } from '../schema.ts';

/** Returns the field for a listen address: `host:port` or `unix:/path`. */
export function listenEndpoint() {
  return z.string().superRefine((endpoint, issues) => {
    const message = endpointError(endpoint);
    if (message !== undefined) issues.addIssue({ code: 'custom', message, input: endpoint });
  });
}

/** Returns the error for an invalid listen address. */
export function endpointError(endpoint: string): string | undefined {
  try {
    parseEndpoint(endpoint);
    return undefined;
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    return withoutPlace(error.message);
  }
}

/** Removes the option name and the value from a message, because configuration errors state both themselves. */
export function withoutPlace(message: string): string {
  return message.replace(/^endpoint: /, '').replace(/, got ".*"$/s, '');
}
