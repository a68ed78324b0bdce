import { type AwsCredentials, sha256Hex, signRequest } from '../../../../component/aws/sign-request.ts';
import { httpRequest } from '../../../../component/http/http-request.ts';
import type { DetectionContext } from '../../detector.ts';

/** Calls an EC2 API action and returns the XML of the response. Throws if the call fails. */
export async function callEc2(
  action: Readonly<Record<string, string>>,
  region: string,
  credentials: AwsCredentials,
  { environment, clock }: Pick<DetectionContext, 'environment' | 'clock'>,
  signal: AbortSignal,
): Promise<string> {
  const url = new URL(
    environment['AWS_ENDPOINT_URL_EC2'] ?? environment['AWS_ENDPOINT_URL'] ?? `https://ec2.${region}.amazonaws.com/`,
  );
  const body = new URLSearchParams({ ...action, Version: '2016-11-15' }).toString();
  const headers = signRequest(
    {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      bodyHash: sha256Hex(body),
      region,
      service: 'ec2',
      date: new Date(clock.now()),
    },
    credentials,
  );
  const response = await httpRequest(url.href, { method: 'POST', headers, body, signal });
  if (response.status !== 200)
    throw new Error(
      `expected status 200 of ${action['Action']}, got ${response.status}: ${response.body.slice(0, 300)}`,
    );
  return response.body;
}
