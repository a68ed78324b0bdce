/** Metrics of a store as Prometheus series, and Prometheus series as OTLP. */
export { createControl } from './api/control.ts';
export { formatNumber } from './api/format.ts';
export { StoreSource } from './store-source.ts';
export { metricName } from './translate/names.ts';
export { translateSamples } from './translate/samples.ts';
