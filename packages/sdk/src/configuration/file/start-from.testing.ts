import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { trace } from '@opentelemetry/api';
import { type ClientOptions, startSdk } from '../../node.ts';

type Variables = Readonly<Record<string, string>>;

/** Starts an SDK with this configuration file content. `warnings` collects its diagnostics. */
export async function startFrom(
  t: TestContext,
  text: string,
  environment: Variables = {},
  name = 'otel.yaml',
  client: ClientOptions = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-configuration-'));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, name), text);
  const warnings: string[] = [];
  const keep = (message: string) => warnings.push(message);
  const sdk = await startSdk({
    environment: { OTEL_CONFIG_FILE: join(directory, name), ...environment },
    client: { log: () => {}, ...client },
    diagLogger: { error: keep, warn: keep, info() {}, debug() {}, verbose() {} },
  });
  t.after(() => sdk.shutdown(0));
  return { sdk, warnings };
}

/** Returns the error for this configuration file content, without the directory. */
export async function rejectionOf(t: TestContext, text: string, environment: Variables = {}): Promise<string> {
  const error: Error = await startFrom(t, text, environment).then(
    () => assert.fail('the file was accepted'),
    (thrown) => thrown,
  );
  assert.equal(error.name, 'ConfigurationFileError');
  return error.message.replace(/^.*?(?=otel\.yaml)/, '');
}

const processors = (url: string, signal: string) => `
  processors:
    - batch:
        exporter: { otlp_http: { endpoint: "${url}/v1/${signal}" } }`;
/** Returns a configuration file that sends all signals to a URL. */
export const all = (url: string) => `file_format: "1.0"
tracer_provider: ${processors(url, 'traces')}
logger_provider: ${processors(url, 'logs')}
meter_provider:
  readers:
    - periodic:
        exporter: { otlp_http: { endpoint: "${url}/v1/metrics" } }
`;

/** Returns a tracer of the registered provider. */
export const tracer = () => trace.getTracer('shop');

/** Returns a configuration file with this `tracer_provider`. */
export const traces = (text: string) => `file_format: "1.0"\ntracer_provider:\n${text.replace(/^/gm, '  ')}\n`;

/** Returns a configuration file with a single metric reader that has these settings and sends to a URL. */
export const reader = (url: string, settings: string) => `file_format: "1.0"
meter_provider:
  readers:
    - periodic: { ${settings}, exporter: { otlp_http: { endpoint: "${url}/v1/metrics" } } }
`;

/** Returns a value as a list, which is empty if the value is missing. */
export function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return (value ?? []) as readonly Readonly<Record<string, unknown>>[];
}

/** Returns the attributes of an OTLP/JSON object. */
export function attributesOf(owner: object): Readonly<Record<string, unknown>> {
  const { attributes = [] } = owner as { attributes?: readonly { key: string; value: object }[] };
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
