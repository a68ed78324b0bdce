import { z } from '@hono/zod-openapi';
import type { CertificatesResponse } from '../api/api.ts';
import { ApiProblem } from '../api/problem.ts';
import { defineEndpoint } from '../endpoints/endpoint.ts';
import { certificatesResponse } from './schemas.ts';

export const certificates = defineEndpoint({
  path: '/api/v1/certificates',
  permission: 'operations:read',
  summary:
    'Returns the certificates and revocation lists of all components, with their expiry, and the state of ACME and OCSP. Never private keys.',
  parameters: z.object({}),
  response: certificatesResponse,
  async handle(_, { listCertificates, access }) {
    if (listCertificates === undefined) throw new ApiProblem('unavailable', 'this process has no configuration');
    const response = await listCertificates();
    return access.can('configuration:read') ? response : withoutFiles(response);
  },
});

/** Returns a response without paths, which are a part of the configuration. */
function withoutFiles(response: CertificatesResponse): CertificatesResponse {
  const without = <T extends { readonly file?: string | undefined }>({ file: _, ...entry }: T) => entry;
  return {
    ...response,
    certificates: response.certificates.map(without),
    revocationLists: response.revocationLists.map(without),
  };
}
