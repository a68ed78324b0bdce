import type { X509Certificate } from 'node:crypto';
import { AcmeError } from './acme-error.ts';
import type { AcmeConnection } from './connection.ts';
import type { Signer } from './jws.ts';

/** Reasons of a revocation that its owner may give, with their numbers (RFC 5280, section 5.3.1). */
export const REVOCATION_REASONS = { unspecified: 0, keyCompromise: 1, superseded: 4, cessationOfOperation: 5 } as const;

/** Why a certificate is revoked. */
export type RevocationReason = keyof typeof REVOCATION_REASONS;

/** Revokes a certificate of an account (RFC 8555, section 7.6). Throws `AcmeError`. */
export async function revokeCertificate(
  connection: AcmeConnection,
  signer: Signer,
  certificate: X509Certificate,
  reason: RevocationReason,
): Promise<void> {
  const url = connection.urlOf('revokeCert');
  if (url === undefined) throw new AcmeError('the directory: expected revokeCert, got nothing');
  const revocation = { certificate: certificate.raw.toString('base64url'), reason: REVOCATION_REASONS[reason] };
  await connection.post(url, signer, revocation, 'the revocation');
}
