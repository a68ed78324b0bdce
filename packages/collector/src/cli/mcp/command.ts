import { createApiClient } from '@otelier/query/client';
import { serveMcpStdio } from '@otelier/query/mcp';
import { systemClock } from '@otelier/transport/clock';
import { VERSION } from '../../component/version.ts';
import type { Console } from '../console.ts';

/** The options of `otelier mcp`. */
export interface McpOptions {
  readonly url: string;
}

/** Serves the Model Context Protocol on standard input and output until the input ends. */
export async function mcpCommand({ url }: McpOptions, console: Console): Promise<void> {
  await serveMcpStdio({
    client: createApiClient(url, { token: console.environment['OTELIER_TOKEN'] }),
    version: VERSION,
    nowMillis: () => systemClock.now(),
    onError: (error, during) => console.error(`${during}: ${String(error)}`),
  });
}
