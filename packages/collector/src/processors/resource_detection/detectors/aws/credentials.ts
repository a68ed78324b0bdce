import { readFile } from 'node:fs/promises';
import type { AwsCredentials } from '../../../../component/aws/sign-request.ts';
import { httpRequest } from '../../../../component/http/http-request.ts';
import { z } from '../../../../component/schema.ts';
import type { DetectionContext } from '../../detector.ts';
import { fetchText, parseJson } from '../../metadata.ts';
import type { Imds } from './imds.ts';
import { xmlText } from './xml.ts';

/**
 * Returns credentials from the environment, a web identity token, the container endpoint or the instance profile, in
 * the AWS SDK's order. SDK configuration files are not read.
 */
export async function loadCredentials(
  { environment }: Pick<DetectionContext, 'environment'>,
  imds: Imds,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, sessionToken: environment['AWS_SESSION_TOKEN'] };
  if (environment['AWS_WEB_IDENTITY_TOKEN_FILE'] && environment['AWS_ROLE_ARN'])
    return webIdentity(environment, signal);
  const containerUrl = containerEndpoint(environment);
  if (containerUrl !== undefined) {
    const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
    const token = file ? (await readFile(file, 'utf8')).trim() : environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
    const body = await fetchText(containerUrl, { signal, ...(token && { headers: { authorization: token } }) });
    return fromDocument(containerUrl, body);
  }
  const profiles = 'iam/security-credentials/';
  const [role = ''] = (await imds.metadata(profiles, signal)).trim().split('\n');
  return fromDocument(profiles, await imds.metadata(profiles + role, signal));
}

type Environment = DetectionContext['environment'];

function containerEndpoint(environment: Environment): string | undefined {
  const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  return relative ? `http://169.254.170.2${relative}` : environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
}

function fromDocument(where: string, body: string): AwsCredentials {
  const { AccessKeyId, SecretAccessKey, Token } = parseJson(where, body, DOCUMENT);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

const DOCUMENT = z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string(), Token: z.string().optional() });

/** Exchanges a service account token for the credentials of its role. */
async function webIdentity(environment: Environment, signal: AbortSignal): Promise<AwsCredentials> {
  const token = (await readFile(environment['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '', 'utf8')).trim();
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
  const url =
    environment['AWS_ENDPOINT_URL_STS'] ??
    (region ? `https://sts.${region}.amazonaws.com/` : 'https://sts.amazonaws.com/');
  const response = await httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: environment['AWS_ROLE_ARN'] ?? '',
      RoleSessionName: environment['AWS_ROLE_SESSION_NAME'] ?? 'otelier',
      WebIdentityToken: token,
    }).toString(),
    signal,
  });
  if (response.status !== 200) throw new Error(`expected status 200 of ${url}, got ${response.status}`);
  return {
    accessKeyId: xmlText(response.body, 'AccessKeyId') ?? '',
    secretAccessKey: xmlText(response.body, 'SecretAccessKey') ?? '',
    sessionToken: xmlText(response.body, 'SessionToken'),
  };
}
