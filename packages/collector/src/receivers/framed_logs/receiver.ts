import type { Listener } from '@otelier/transport';
import type { ComponentContext, Receiver, SignalConsumers } from '../../component/contract.ts';
import { serverOptions } from '../../component/fields/server.ts';
import { serverTls } from '../../component/fields/tls.ts';
import { byteSize, z } from '../../component/schema.ts';
import { createServerReceiver } from '../../component/server-receiver.ts';
import { retryField } from '../../operators/receiver-fields.ts';
import type { FrameServerOptions } from './server.ts';

/** Returns the field for the maximum size of a frame, which `noun` names. */
export function frameSizeField(noun: string, content: string) {
  return byteSize()
    .prefault('64MiB')
    .describe(
      `Maximum size of a ${noun}, and of its ${content} after decompression. A larger one ends its connection.`,
    );
}

/** Returns the fields of a receiver of log records in frames, besides its address. */
export function frameServerFields(tlsDescription: string) {
  return {
    tls: serverTls().describe(tlsDescription),
    maxConnections: z.int().min(0).prefault(0).describe('Maximum number of connections. 0 means no limit.'),
    retryOnFailure: retryField(),
  } as const;
}

type FrameServerConfig = z.output<z.ZodObject<ReturnType<typeof frameServerFields>>> & { readonly endpoint: string };

/** Creates a receiver of log records in frames. `load` imports the protocol. */
export function createFrameReceiver(
  config: FrameServerConfig,
  next: SignalConsumers,
  context: ComponentContext,
  load: () => Promise<Pick<FrameServerOptions, 'createProtocol' | 'openCompanion'>>,
): Receiver {
  const { logs } = next;
  if (logs === undefined) throw new Error(`${context.id}: expected a pipeline of logs`);
  const { endpoint, maxConnections, retryOnFailure } = config;
  return createServerReceiver(next, context, () => [
    {
      protocol: 'tcp',
      endpoint,
      async create(listener: Listener) {
        const [protocol, { openFrameServer }] = await Promise.all([load(), import('./server.ts')]);
        const server = { ...protocol, maxConnections, retry: retryOnFailure, tls: serverOptions(config, context).tls };
        return openFrameServer(server, listener, logs, context);
      },
    },
  ]);
}
