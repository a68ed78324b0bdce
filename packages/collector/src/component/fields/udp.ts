import { EndpointError } from '@otelier/transport/endpoint';
import { createUdpClient } from '@otelier/transport/udp-client';
import { z } from '../schema.ts';
import { withoutPlace } from './listen.ts';

/** Returns the field for a UDP endpoint, which is validated when the configuration is read. */
export function udpEndpoint() {
  return z
    .string()
    .min(1)
    .superRefine((endpoint, issues) => {
      try {
        // A client does not open a socket before its first request.
        createUdpClient({ endpoint });
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        issues.addIssue({ code: 'custom', message: withoutPlace(error.message), input: endpoint });
      }
    });
}
