import { createUdpClient, EndpointError } from '@otelier/transport';
import { z } from '../schema.ts';

/** Where datagrams go or come in; what cannot be understood is told when the configuration is read. */
export function udpEndpoint() {
  return z
    .string()
    .min(1)
    .superRefine((endpoint, issues) => {
      try {
        // A client opens nothing before its first request.
        createUdpClient({ endpoint });
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        issues.addIssue({ code: 'custom', message: error.message.replace(/^endpoint: /, ''), input: endpoint });
      }
    });
}
