import { createMcpHandler } from '@modelcontextprotocol/server';
import { LIMITS } from '../api/limits.ts';
import { type ApiClientOptions, createApiClient } from '../client.ts';
import { createMcpServer } from './server.ts';

/** What an MCP request needs. */
export interface McpRequestOptions {
  readonly version: string;
  readonly nowMillis: () => number;
  /** Requests a path of the API on behalf of the agent, with its credentials and limits. */
  readonly fetchApi: NonNullable<ApiClientOptions['fetch']>;
  readonly onError: (error: unknown, during: string) => void;
}

/** Handles a request of the MCP endpoint (Streamable HTTP, without sessions and subscriptions). */
export async function handleMcp(
  request: Request,
  { version, nowMillis, fetchApi, onError }: McpRequestOptions,
): Promise<Response> {
  const client = createApiClient(request.url, { fetch: fetchApi });
  const handler = createMcpHandler(() => createMcpServer({ client, version, nowMillis, onError }), {
    // Responses are short; nothing is streamed.
    responseMode: 'json',
    maxSubscriptions: 0,
    maxRequestBodySize: LIMITS.bodyBytes,
  });
  return handler.fetch(request);
}
