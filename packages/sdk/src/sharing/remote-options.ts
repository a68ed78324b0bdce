import type { ClientOptions } from '../client/options.ts';

/** Options for a remote client: those of a client except for sending. */
export type RemoteClientOptions = Pick<ClientOptions, 'batch' | 'queue' | 'resource' | 'flushOnExit' | 'clock' | 'log'>;
