/** Test support for all packages: request builders, a manual clock and contract suites. */
export * from './clock.ts';
export * from './component-bench.ts';
export * from './component-contract.ts';
export * from './hostile/names.ts';
export * from './hostile/request.ts';
export * from './memory-api.ts';
export * from './memory-store.ts';
export * from './otlp/arbitrary-request.ts';
export * from './otlp/every-field-request.ts';
export * from './otlp/oracle.ts';
export * from './otlp/random.ts';
export * from './otlp/unusual-encoding.ts';
export * from './otlp-json.ts';
export * from './request-codec.ts';
export * from './sample-batch.ts';
export * from './storage-contract.ts';
export * from './store-contract.ts';
