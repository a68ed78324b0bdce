// Written by `npm run generate` from the files in receivers, processors, connectors, exporters, extensions.
import type { Registry } from './config/registry.ts';

/** Every component of this package, loaded when a configuration names it. */
export const registry: Registry = {
  receiver: {
    generator: { load: () => import('./receivers/generator.ts').then((module) => module.generator) },
    internal: { load: () => import('./receivers/internal.ts').then((module) => module.internal) },
    otlp: { load: () => import('./receivers/otlp.ts').then((module) => module.otlp) },
    otlp_udp: { aliases: ['udp'], load: () => import('./receivers/otlp_udp.ts').then((module) => module.otlpUdp) },
    otlp_websocket: { aliases: ['websocket'], load: () => import('./receivers/otlp_websocket.ts').then((module) => module.otlpWebsocket) },
  },
  processor: {
    adaptive_sampler: { load: () => import('./processors/adaptive_sampler.ts').then((module) => module.adaptiveSampler) },
    attributes: { load: () => import('./processors/attributes.ts').then((module) => module.attributes) },
    batch: { load: () => import('./processors/batch.ts').then((module) => module.batch) },
    cumulative_to_delta: { aliases: ['cumulativetodelta'], load: () => import('./processors/cumulative_to_delta.ts').then((module) => module.cumulativeToDelta) },
    delta_to_cumulative: { aliases: ['deltatocumulative'], load: () => import('./processors/delta_to_cumulative.ts').then((module) => module.deltaToCumulative) },
    delta_to_rate: { aliases: ['deltatorate'], load: () => import('./processors/delta_to_rate.ts').then((module) => module.deltaToRate) },
    filter: { load: () => import('./processors/filter.ts').then((module) => module.filter) },
    group_by_attrs: { aliases: ['groupbyattrs'], load: () => import('./processors/group_by_attrs.ts').then((module) => module.groupByAttrs) },
    interval: { load: () => import('./processors/interval.ts').then((module) => module.interval) },
    log_dedup: { aliases: ['logdedup'], load: () => import('./processors/log_dedup.ts').then((module) => module.logDedup) },
    lookup: { load: () => import('./processors/lookup.ts').then((module) => module.lookup) },
    memory_limiter: { load: () => import('./processors/memory_limiter.ts').then((module) => module.memoryLimiter) },
    metrics_generation: { aliases: ['metricsgeneration'], load: () => import('./processors/metrics_generation.ts').then((module) => module.metricsGeneration) },
    metrics_transform: { aliases: ['metricstransform'], load: () => import('./processors/metrics_transform.ts').then((module) => module.metricsTransform) },
    probabilistic_sampler: { load: () => import('./processors/probabilistic_sampler.ts').then((module) => module.probabilisticSampler) },
    redaction: { load: () => import('./processors/redaction.ts').then((module) => module.redaction) },
    resource: { load: () => import('./processors/resource.ts').then((module) => module.resource) },
    resource_detection: { aliases: ['resourcedetection'], load: () => import('./processors/resource_detection.ts').then((module) => module.resourceDetection) },
    span: { load: () => import('./processors/span.ts').then((module) => module.span) },
    transform: { load: () => import('./processors/transform.ts').then((module) => module.transform) },
  },
  connector: {
    count: { load: () => import('./connectors/count.ts').then((module) => module.count) },
    failover: { load: () => import('./connectors/failover.ts').then((module) => module.failover) },
    forward: { load: () => import('./connectors/forward.ts').then((module) => module.forward) },
    round_robin: { aliases: ['roundrobin'], load: () => import('./connectors/round_robin.ts').then((module) => module.roundRobin) },
    routing: { load: () => import('./connectors/routing.ts').then((module) => module.routing) },
    sum: { load: () => import('./connectors/sum.ts').then((module) => module.sum) },
  },
  exporter: {
    debug: { load: () => import('./exporters/debug.ts').then((module) => module.debug) },
    file: { load: () => import('./exporters/file.ts').then((module) => module.file) },
    nop: { load: () => import('./exporters/nop.ts').then((module) => module.nop) },
    otlp_grpc: { aliases: ['otlp'], load: () => import('./exporters/otlp_grpc.ts').then((module) => module.otlpGrpc) },
    otlp_http: { aliases: ['otlphttp'], load: () => import('./exporters/otlp_http.ts').then((module) => module.otlpHttp) },
    otlp_udp: { aliases: ['udp'], load: () => import('./exporters/otlp_udp.ts').then((module) => module.otlpUdp) },
    otlp_websocket: { aliases: ['websocket'], load: () => import('./exporters/otlp_websocket.ts').then((module) => module.otlpWebsocket) },
    store: { load: () => import('./exporters/store.ts').then((module) => module.store) },
  },
  extension: {
    basic_auth: { aliases: ['basicauth'], load: () => import('./extensions/basic_auth.ts').then((module) => module.basicAuth) },
    bearer_token_auth: { aliases: ['bearertokenauth'], load: () => import('./extensions/bearer_token_auth.ts').then((module) => module.bearerTokenAuth) },
    health_check: { load: () => import('./extensions/health_check.ts').then((module) => module.healthCheck) },
    workbench: { load: () => import('./extensions/workbench.ts').then((module) => module.workbench) },
  },
};
