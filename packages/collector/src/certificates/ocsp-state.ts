import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { InventoryCertificate } from '@otelier/query';
import { verifyOcspResponse } from '@otelier/transport/ocsp-response';
import type { OcspState } from '@otelier/transport/ocsp-stapler';
import { defined } from '../component/defined.ts';
import { errorMessage } from '../component/error-message.ts';
import type { CertificateEntry } from './certificate-entries.ts';

/** Returns the state of the response that a server staples: of a file, or the one that was fetched; `undefined` if it staples none. */
export function ocspOf(
  { options }: CertificateEntry,
  chain: readonly X509Certificate[],
  fetched: ReadonlyMap<string, OcspState>,
  nowMillis: number,
): InventoryCertificate['ocsp'] {
  const [certificate, ...authorities] = chain;
  if (certificate === undefined) return undefined;
  const file = options['ocspResponseFile'];
  if (typeof file === 'string') return stateOfFile(file, certificate, authorities, nowMillis);
  const state = fetched.get(certificate.fingerprint256);
  if (state === undefined) return options['ocsp'] === 'fetch' ? { source: 'fetched', status: 'missing' } : undefined;
  const { status, ...rest } = state;
  return { source: 'fetched', status, ...defined(rest) };
}

/** Returns the state of a file; `undefined` if the chain does not have the authority, without which it cannot be verified. */
function stateOfFile(
  file: string,
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  nowMillis: number,
): InventoryCertificate['ocsp'] {
  const issuer = authorities.find((one) => certificate.checkIssued(one));
  if (issuer === undefined) return undefined;
  try {
    const verified = verifyOcspResponse(readFileSync(file), certificate, issuer, nowMillis);
    const { status, producedMillis, nextUpdateMillis } = verified;
    return { source: 'file', status, producedMillis, ...defined({ nextUpdateMillis }) };
  } catch (error) {
    const message = errorMessage(error);
    const isOfFile = message.includes(file);
    return {
      source: 'file',
      status: 'missing',
      error: isOfFile ? 'expected a readable file with a response' : message,
    };
  }
}
