import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import { apiError } from '../api/schemas.ts';
import { ENDPOINTS } from '../endpoints/all.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { scimPaths } from '../scim/openapi.ts';
import { STREAMS } from '../streams/all.ts';
import { BATCH_PATH, batchParameters } from './batch.ts';

/** Returns the OpenAPI 3.1 document, generated from the schemas that validate requests. */
export function openApiDocument(): object {
  const app = new OpenAPIHono();
  for (const endpoint of ENDPOINTS) app.openAPIRegistry.registerPath(jsonPath(endpoint));
  for (const { path, summary, contentType, line = z.string(), parameters } of STREAMS) {
    const stream = { description: 'The stream.', content: { [contentType]: { schema: line } } };
    app.openAPIRegistry.registerPath({
      method: 'get',
      path,
      summary,
      ...parts(path, parameters),
      responses: { 200: stream, ...REJECTIONS },
    });
  }
  for (const path of scimPaths()) app.openAPIRegistry.registerPath(path);
  app.openAPIRegistry.registerPath(BATCH);
  app.openAPIRegistry.registerPath(HEALTH);
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    tags: OTHER_APIS.map(({ name, description, url }) => ({ name, description, externalDocs: { url } })),
    info: {
      title: 'otelier',
      version: '1',
      description:
        'Queries for the telemetry stored by otelier, and the state of its pipeline. If a token is configured, send it as `Authorization: Bearer TOKEN`.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
  });
}

/** The APIs of other servers, whose owners describe them. The document lists where they are, not their endpoints. */
const OTHER_APIS = [
  {
    name: 'Prometheus',
    description: 'The HTTP API of Prometheus, below `/prometheus`, with remote write and remote read.',
    url: 'https://prometheus.io/docs/prometheus/latest/querying/api/',
  },
  {
    name: 'Loki',
    description: 'The HTTP API of Loki, below `/loki`.',
    url: 'https://grafana.com/docs/loki/latest/reference/loki-http-api/',
  },
  {
    name: 'Tempo',
    description: 'The HTTP API of Tempo, below `/tempo`.',
    url: 'https://grafana.com/docs/tempo/latest/api_docs/',
  },
  {
    name: 'Jaeger',
    description: "The HTTP API of Jaeger's query service, below `/jaeger`.",
    url: 'https://www.jaegertracing.io/docs/latest/architecture/apis/',
  },
  {
    name: 'OTLP',
    description: 'OTLP/HTTP, below `/otlp`.',
    url: 'https://opentelemetry.io/docs/specs/otlp/#otlphttp',
  },
] as const;

const REJECTIONS: RouteConfig['responses'] = {
  default: {
    description: 'Error.',
    content: { 'application/json': { schema: apiError } },
  },
};

const BATCH: RouteConfig = {
  method: 'post',
  path: BATCH_PATH,
  summary:
    'Runs several GET requests and returns one line `{ index, status, body }` per response, as soon as it is ready.',
  request: { body: { required: true, content: { 'application/json': { schema: batchParameters } } } },
  responses: {
    200: { description: 'The responses.', content: { 'application/x-ndjson': { schema: z.string() } } },
    ...REJECTIONS,
  },
};

const health = z.object({ accepting: z.boolean() }).openapi('Health');
const HEALTH: RouteConfig = {
  method: 'get',
  path: '/healthz',
  summary: 'Reports whether telemetry is accepted. Requires no credentials.',
  responses: {
    200: { description: 'Telemetry is accepted.', content: { 'application/json': { schema: health } } },
    503: { description: 'Telemetry is not accepted.', content: { 'application/json': { schema: health } } },
  },
};

function jsonPath({ method, path, summary, parameters, response, contentTypes = [] }: Endpoint): RouteConfig {
  const request =
    method === 'post'
      ? { request: { body: { required: true, content: { 'application/json': { schema: parameters } } } } }
      : parts(path, parameters);
  const others = contentTypes.map((type) => [type, { schema: z.string() }] as const);
  const content = { 'application/json': { schema: response }, ...Object.fromEntries(others) };
  const ok = { description: 'The response.', content };
  return { method, path, summary, ...request, responses: { 200: ok, ...REJECTIONS } };
}

/** Splits parameters into path and query parameters. */
function parts(path: string, { shape }: z.ZodObject): Pick<RouteConfig, 'request'> {
  const inPath = ([name]: readonly [string, unknown]): boolean => path.includes(`{${name}}`);
  const entries = Object.entries(shape);
  return {
    request: {
      params: z.object(Object.fromEntries(entries.filter(inPath))),
      query: z.object(Object.fromEntries(entries.filter((entry) => !inPath(entry)))),
    },
  };
}
