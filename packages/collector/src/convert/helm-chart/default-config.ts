/**
 * The configuration that the chart opentelemetry-collector has by default, which values are merged over. Pods of otelier
 * listen on all addresses instead of their own one.
 */
export const DEFAULT_CONFIG = `
exporters: { debug: {} }
processors:
  batch: {}
  memory_limiter: { check_interval: 5s, limit_percentage: 80, spike_limit_percentage: 25 }
receivers:
  jaeger:
    protocols:
      grpc: { endpoint: '0.0.0.0:14250' }
      thrift_http: { endpoint: '0.0.0.0:14268' }
      thrift_compact: { endpoint: '0.0.0.0:6831' }
  otlp:
    protocols:
      grpc: { endpoint: '0.0.0.0:4317' }
      http: { endpoint: '0.0.0.0:4318' }
  prometheus:
    config:
      scrape_configs:
        - job_name: opentelemetry-collector
          scrape_interval: 10s
          static_configs: [{ targets: ['127.0.0.1:8888'] }]
  zipkin: { endpoint: '0.0.0.0:9411' }
service:
  pipelines:
    logs: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug] }
    metrics: { receivers: [otlp, prometheus], processors: [memory_limiter, batch], exporters: [debug] }
    traces: { receivers: [otlp, jaeger, zipkin], processors: [memory_limiter, batch], exporters: [debug] }
`;

/** A port that the chart opens by default. */
export interface ChartPort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  /** The receiver that listens on it. */
  readonly receiver: string;
}

/** The ports beside those of OTLP that the chart opens by default. */
export const DEFAULT_PORTS: Readonly<Record<string, ChartPort>> = {
  'jaeger-compact': { port: 6831, protocol: 'UDP', receiver: 'jaeger' },
  'jaeger-thrift': { port: 14268, protocol: 'TCP', receiver: 'jaeger' },
  'jaeger-grpc': { port: 14250, protocol: 'TCP', receiver: 'jaeger' },
  zipkin: { port: 9411, protocol: 'TCP', receiver: 'zipkin' },
};
