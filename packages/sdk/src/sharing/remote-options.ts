import type { ClientOptions } from '../client/options.ts';

/** The options of a remote client: all except those of sending. */
export type RemoteClientOptions = Pick<ClientOptions, 'batch' | 'queue' | 'resource' | 'flushOnExit' | 'clock' | 'log'>;
