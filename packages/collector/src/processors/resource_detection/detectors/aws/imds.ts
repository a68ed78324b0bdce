import { httpRequest } from '../../../../component/http/http-request.ts';
import { z } from '../../../../component/schema.ts';
import { type DetectionContext, MetadataUnavailable } from '../../detector.ts';
import { fetchText, parseJson, text } from '../../metadata.ts';

/** Options for `createImds`. */
export interface ImdsOptions {
  /** Maximum number of attempts per request. */
  readonly maxAttempts: number;
  /** Maximum delay between attempts. */
  readonly maxBackoffMillis: number;
}

/** A client for the EC2 instance metadata service. It obtains a session token first. */
export interface Imds {
  /** Returns the metadata at a path such as `instance-id`. Throws `MetadataUnavailable`. */
  metadata(path: string, signal: AbortSignal): Promise<string>;
  /** Returns the instance identity document. */
  identity(signal: AbortSignal): Promise<z.output<typeof IDENTITY>>;
}

/** Creates a client. The AWS SDK's environment variables can change the address or disable the service. */
export function createImds(
  { environment, clock, random }: DetectionContext,
  { maxAttempts, maxBackoffMillis }: ImdsOptions,
): Imds {
  const base = (
    environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ??
    (environment['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE']?.toLowerCase() === 'ipv6'
      ? 'http://[fd00:ec2::254]'
      : 'http://169.254.169.254')
  ).replace(/\/$/, '');
  const isDisabled = environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true';

  const attempt = async (path: string, signal: AbortSignal): Promise<string> => {
    const token = await sessionToken(base, signal);
    return fetchText(`${base}${path}`, { signal, ...(token !== undefined && { headers: { [TOKEN_HEADER]: token } }) });
  };
  const get = async (path: string, signal: AbortSignal): Promise<string> => {
    if (isDisabled) throw new MetadataUnavailable('disabled by AWS_EC2_METADATA_DISABLED');
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt(path, signal);
      } catch (error) {
        // A response such as 404 does not change if the request is repeated.
        const isFinal = !(error instanceof MetadataUnavailable) || error.cause === undefined;
        if (isFinal || attempts >= maxAttempts || signal.aborted) throw error;
        const delayMillis = Math.min(random() * 1000 * 2 ** attempts, maxBackoffMillis);
        await new Promise<void>((resolve) => {
          const cancel = clock.setTimeout(resolve, delayMillis);
          signal.addEventListener(
            'abort',
            () => {
              cancel();
              resolve();
            },
            { once: true },
          );
        });
      }
    }
  };
  return {
    metadata: (path, signal) => get(`/latest/meta-data/${path}`, signal),
    async identity(signal) {
      return parseJson(
        'the identity document',
        await get('/latest/dynamic/instance-identity/document', signal),
        IDENTITY,
      );
    },
  };
}

/** The AWS SDK's default options. */
export const DEFAULT_IMDS: ImdsOptions = { maxAttempts: 3, maxBackoffMillis: 20_000 };

const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

/** Returns an IMDSv2 token, or `undefined` if the service only supports version 1. */
async function sessionToken(base: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await httpRequest(`${base}/latest/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' },
    signal,
  }).catch((error: unknown) => {
    throw new MetadataUnavailable('the instance metadata service does not respond', { cause: error });
  });
  return response.status === 200 ? response.body : undefined;
}

const IDENTITY = z.object({
  accountId: text(),
  availabilityZone: text(),
  imageId: text(),
  instanceId: text(),
  instanceType: text(),
  region: text(),
});
