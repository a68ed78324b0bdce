import { httpRequest } from '../../../../component/http/http-request.ts';
import { z } from '../../../../component/schema.ts';
import type { DetectionContext } from '../../detector.ts';
import { fetchJson, fetchText } from '../../metadata.ts';

const HEADERS = { 'metadata-flavor': 'Google' };

/** The Google Cloud metadata server. */
export interface MetadataServer {
  /** Reports whether the process runs on Google Cloud. */
  isPresent(signal: AbortSignal): Promise<boolean>;
  /** Returns the metadata at a path such as `instance/id`. Throws `MetadataUnavailable`. */
  get(path: string, signal: AbortSignal): Promise<string>;
  /** Returns a service account access token for other APIs. */
  accessToken(signal: AbortSignal): Promise<string>;
}

/** Creates a client. `GCE_METADATA_HOST` overrides the server address. */
export function createMetadataServer({ environment }: DetectionContext): MetadataServer {
  const host = environment['GCE_METADATA_HOST'];
  const base = `http://${host || '169.254.169.254'}`;
  const url = (path: string): string => `${base}/computeMetadata/v1/${path}`;
  return {
    async isPresent(signal) {
      if (host) return true;
      const response = await httpRequest(base, { headers: HEADERS, signal }).catch(() => undefined);
      return response?.headers['metadata-flavor'] === 'Google';
    },
    get: (path, signal) => fetchText(url(path), { headers: HEADERS, signal }),
    async accessToken(signal) {
      const path = url('instance/service-accounts/default/token');
      return (await fetchJson(path, z.object({ access_token: z.string() }), { headers: HEADERS, signal })).access_token;
    },
  };
}
