import type { Gateway } from '../../test/e2e/gateway.ts';

/** Sends an OTLP/JSON request: an object, or its text. Rejects if it is not accepted. */
export async function sendJson(
  { http }: Pick<Gateway, 'http'>,
  signal: 'traces' | 'logs',
  request: object | string,
): Promise<void> {
  const response = await fetch(`${http}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof request === 'string' ? request : JSON.stringify(request),
  });
  if (!response.ok) throw new Error(`${signal}: expected status 200, got ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}
