import type { ClientOptions } from '../client/options.ts';

/** The options of a remote client: those of a client except for sending. */
export type RemoteClientOptions = Pick<ClientOptions, 'batch' | 'queue' | 'resource' | 'flushOnExit' | 'clock' | 'log'>;
