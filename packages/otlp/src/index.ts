/** The OTLP protocol on wire bytes. */
export * from './batch.ts';
export * from './outcome.ts';
export * from './signals.ts';
export * from './wire/descriptors.ts';
export * from './wire/enums.ts';
export * from './wire/reader.ts';
export * from './wire/writer.ts';
