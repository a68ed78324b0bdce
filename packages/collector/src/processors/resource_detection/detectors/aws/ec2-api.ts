import { createHash, createHmac } from 'node:crypto';
import { httpRequest } from '../../../../component/http/http-request.ts';
import type { DetectionContext } from '../../detector.ts';
import type { Credentials } from './credentials.ts';

/** Calls an EC2 API action and returns the XML of the response. Throws if the call fails. */
export async function callEc2(
  action: Readonly<Record<string, string>>,
  region: string,
  credentials: Credentials,
  { environment, clock }: Pick<DetectionContext, 'environment' | 'clock'>,
  signal: AbortSignal,
): Promise<string> {
  const url = new URL(
    environment['AWS_ENDPOINT_URL_EC2'] ?? environment['AWS_ENDPOINT_URL'] ?? `https://ec2.${region}.amazonaws.com/`,
  );
  const body = new URLSearchParams({ ...action, Version: '2016-11-15' }).toString();
  const headers = signedHeaders(url, body, region, credentials, new Date(clock.now()));
  const response = await httpRequest(url.href, { method: 'POST', headers, body, signal });
  if (response.status !== 200)
    throw new Error(
      `expected status 200 of ${action['Action']}, got ${response.status}: ${response.body.slice(0, 300)}`,
    );
  return response.body;
}

/** Returns the request headers, signed with Signature Version 4. */
function signedHeaders(
  url: URL,
  body: string,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  date: Date,
): Record<string, string> {
  const time = date.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/ec2/aws4_request`;
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: url.host,
    'x-amz-date': time,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    url.pathname,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const key = [day, region, 'ec2', 'aws4_request'].reduce<string | Uint8Array>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  const signature = createHmac('sha256', key)
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`)
    .digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
