import assert from 'node:assert/strict';
import { keyValues, type PlainValue } from '@otelier/testkit/otlp-json';
import { encodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import type { Gateway } from './gateway.ts';

/** Sends a protobuf request over OTLP/HTTP. Fails unless it is fully accepted. */
export async function send<S extends keyof RequestJson>(
  gateway: Pick<Gateway, 'http'>,
  signal: S,
  request: RequestJson[S],
): Promise<void> {
  await sendBytes(gateway, signal, encodeRequest(signal, request));
}

/** Sends an encoded request. */
export async function sendBytes(gateway: Pick<Gateway, 'http'>, signal: string, request: Uint8Array): Promise<void> {
  const response = await fetch(`${gateway.http}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(request),
  });
  const body = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, body.toString('utf8'));
  assert.equal(body.length, 0, 'expected an empty response for full success');
}

/** Returns a resource with a service name. */
export function serviceNamed(name: string, attributes: { readonly [key: string]: PlainValue } = {}) {
  return { attributes: keyValues({ 'service.name': name, ...attributes }) };
}

/** Returns a past time in nanoseconds since the epoch. */
export function nanosAgo(millis: number): bigint {
  return BigInt(Math.round(Date.now() - millis)) * 1_000_000n;
}
