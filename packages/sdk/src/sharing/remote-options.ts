import type { ClientOptions } from '../client/options.ts';

/** How a client is set up that another thread's client sends for: all but what concerns sending. */
export type RemoteClientOptions = Pick<ClientOptions, 'batch' | 'queue' | 'resource' | 'flushOnExit' | 'clock' | 'log'>;
