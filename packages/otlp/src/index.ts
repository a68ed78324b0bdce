/** The OTLP protocol on wire bytes. */
export * from './batch.ts';
export * from './outcome.ts';
export * from './signals.ts';
