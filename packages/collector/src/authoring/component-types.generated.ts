// Written by `npm run generate` from the files in receivers, processors, connectors, exporters, extensions.

/** Definitions of receivers by type and alias. */
export interface ReceiverTypes {
  apache: typeof import('../receivers/apache.ts').apache;
  beats: typeof import('../receivers/beats.ts').beats;
  datadog: typeof import('../receivers/datadog.ts').datadog;
  docker_stats: typeof import('../receivers/docker_stats.ts').dockerStats;
  elasticsearch: typeof import('../receivers/elasticsearch.ts').elasticsearch;
  elasticsearch_bulk: typeof import('../receivers/elasticsearch_bulk.ts').elasticsearchBulk;
  file_log: typeof import('../receivers/file_log.ts').fileLog;
  filelog: typeof import('../receivers/file_log.ts').fileLog;
  fluent_forward: typeof import('../receivers/fluent_forward.ts').fluentForward;
  fluentforward: typeof import('../receivers/fluent_forward.ts').fluentForward;
  generator: typeof import('../receivers/generator.ts').generator;
  host_metrics: typeof import('../receivers/host_metrics.ts').hostMetrics;
  hostmetrics: typeof import('../receivers/host_metrics.ts').hostMetrics;
  http_check: typeof import('../receivers/http_check.ts').httpCheck;
  httpcheck: typeof import('../receivers/http_check.ts').httpCheck;
  influxdb: typeof import('../receivers/influxdb.ts').influxdb;
  internal: typeof import('../receivers/internal.ts').internal;
  jaeger: typeof import('../receivers/jaeger.ts').jaeger;
  journald: typeof import('../receivers/journald.ts').journald;
  k8s_cluster: typeof import('../receivers/k8s_cluster.ts').k8sCluster;
  k8s_events: typeof import('../receivers/k8s_events.ts').k8sEvents;
  k8sevents: typeof import('../receivers/k8s_events.ts').k8sEvents;
  k8s_objects: typeof import('../receivers/k8s_objects.ts').k8sObjects;
  k8sobjects: typeof import('../receivers/k8s_objects.ts').k8sObjects;
  kafka: typeof import('../receivers/kafka.ts').kafka;
  kafka_metrics: typeof import('../receivers/kafka_metrics.ts').kafkaMetrics;
  kafkametrics: typeof import('../receivers/kafka_metrics.ts').kafkaMetrics;
  kubelet_stats: typeof import('../receivers/kubelet_stats.ts').kubeletStats;
  kubeletstats: typeof import('../receivers/kubelet_stats.ts').kubeletStats;
  loki: typeof import('../receivers/loki.ts').loki;
  mongodb: typeof import('../receivers/mongodb.ts').mongodb;
  mysql: typeof import('../receivers/mysql.ts').mysql;
  nats: typeof import('../receivers/nats.ts').nats;
  nginx: typeof import('../receivers/nginx.ts').nginx;
  nop: typeof import('../receivers/nop.ts').nop;
  otlp: typeof import('../receivers/otlp.ts').otlp;
  otlp_json_file: typeof import('../receivers/otlp_json_file.ts').otlpJsonFile;
  otlpjsonfile: typeof import('../receivers/otlp_json_file.ts').otlpJsonFile;
  otlp_udp: typeof import('../receivers/otlp_udp.ts').otlpUdp;
  udp: typeof import('../receivers/otlp_udp.ts').otlpUdp;
  otlp_websocket: typeof import('../receivers/otlp_websocket.ts').otlpWebsocket;
  websocket: typeof import('../receivers/otlp_websocket.ts').otlpWebsocket;
  postgresql: typeof import('../receivers/postgresql.ts').postgresql;
  prometheus: typeof import('../receivers/prometheus.ts').prometheus;
  prometheus_remote_write: typeof import('../receivers/prometheus_remote_write.ts').prometheusRemoteWrite;
  prometheusremotewrite: typeof import('../receivers/prometheus_remote_write.ts').prometheusRemoteWrite;
  rabbitmq: typeof import('../receivers/rabbitmq.ts').rabbitmq;
  receiver_creator: typeof import('../receivers/receiver_creator.ts').receiverCreator;
  redis: typeof import('../receivers/redis.ts').redis;
  splunk_hec: typeof import('../receivers/splunk_hec.ts').splunkHec;
  splunkhec: typeof import('../receivers/splunk_hec.ts').splunkHec;
  sql_query: typeof import('../receivers/sql_query.ts').sqlQuery;
  sqlquery: typeof import('../receivers/sql_query.ts').sqlQuery;
  statsd: typeof import('../receivers/statsd.ts').statsd;
  syslog: typeof import('../receivers/syslog.ts').syslog;
  tcp_check: typeof import('../receivers/tcp_check.ts').tcpCheck;
  tcpcheck: typeof import('../receivers/tcp_check.ts').tcpCheck;
  tcp_log: typeof import('../receivers/tcp_log.ts').tcpLog;
  tcplog: typeof import('../receivers/tcp_log.ts').tcpLog;
  udp_log: typeof import('../receivers/udp_log.ts').udpLog;
  udplog: typeof import('../receivers/udp_log.ts').udpLog;
  webhook_event: typeof import('../receivers/webhook_event.ts').webhookEvent;
  webhookevent: typeof import('../receivers/webhook_event.ts').webhookEvent;
  zipkin: typeof import('../receivers/zipkin.ts').zipkin;
  zookeeper: typeof import('../receivers/zookeeper.ts').zookeeper;
}

/** Definitions of processors by type and alias. */
export interface ProcessorTypes {
  adaptive_sampler: typeof import('../processors/adaptive_sampler.ts').adaptiveSampler;
  attributes: typeof import('../processors/attributes.ts').attributes;
  batch: typeof import('../processors/batch.ts').batch;
  cardinality_limit: typeof import('../processors/cardinality_limit.ts').cardinalityLimit;
  cardinality_guardian: typeof import('../processors/cardinality_limit.ts').cardinalityLimit;
  cumulative_to_delta: typeof import('../processors/cumulative_to_delta.ts').cumulativeToDelta;
  cumulativetodelta: typeof import('../processors/cumulative_to_delta.ts').cumulativeToDelta;
  delta_to_cumulative: typeof import('../processors/delta_to_cumulative.ts').deltaToCumulative;
  deltatocumulative: typeof import('../processors/delta_to_cumulative.ts').deltaToCumulative;
  delta_to_rate: typeof import('../processors/delta_to_rate.ts').deltaToRate;
  deltatorate: typeof import('../processors/delta_to_rate.ts').deltaToRate;
  dns_lookup: typeof import('../processors/dns_lookup.ts').dnsLookup;
  dnslookup: typeof import('../processors/dns_lookup.ts').dnsLookup;
  drain: typeof import('../processors/drain.ts').drain;
  filter: typeof import('../processors/filter.ts').filter;
  function: typeof import('../processors/function.ts').functionProcessor;
  gen_ai_normalizer: typeof import('../processors/gen_ai_normalizer.ts').genAiNormalizer;
  genainormalizer: typeof import('../processors/gen_ai_normalizer.ts').genAiNormalizer;
  geoip: typeof import('../processors/geoip.ts').geoip;
  group_by_attrs: typeof import('../processors/group_by_attrs.ts').groupByAttrs;
  groupbyattrs: typeof import('../processors/group_by_attrs.ts').groupByAttrs;
  group_by_trace: typeof import('../processors/group_by_trace.ts').groupByTrace;
  groupbytrace: typeof import('../processors/group_by_trace.ts').groupByTrace;
  interval: typeof import('../processors/interval.ts').interval;
  k8s_attributes: typeof import('../processors/k8s_attributes.ts').k8sAttributes;
  k8sattributes: typeof import('../processors/k8s_attributes.ts').k8sAttributes;
  log_dedup: typeof import('../processors/log_dedup.ts').logDedup;
  logdedup: typeof import('../processors/log_dedup.ts').logDedup;
  lookup: typeof import('../processors/lookup.ts').lookup;
  memory_limiter: typeof import('../processors/memory_limiter.ts').memoryLimiter;
  metric_start_time: typeof import('../processors/metric_start_time.ts').metricStartTime;
  metricstarttime: typeof import('../processors/metric_start_time.ts').metricStartTime;
  metrics_generation: typeof import('../processors/metrics_generation.ts').metricsGeneration;
  metricsgeneration: typeof import('../processors/metrics_generation.ts').metricsGeneration;
  metrics_transform: typeof import('../processors/metrics_transform.ts').metricsTransform;
  metricstransform: typeof import('../processors/metrics_transform.ts').metricsTransform;
  probabilistic_sampler: typeof import('../processors/probabilistic_sampler.ts').probabilisticSampler;
  redaction: typeof import('../processors/redaction.ts').redaction;
  remote_tap: typeof import('../processors/remote_tap.ts').remoteTap;
  remotetap: typeof import('../processors/remote_tap.ts').remoteTap;
  resource: typeof import('../processors/resource.ts').resource;
  resource_detection: typeof import('../processors/resource_detection.ts').resourceDetection;
  resourcedetection: typeof import('../processors/resource_detection.ts').resourceDetection;
  rule_sampler: typeof import('../processors/rule_sampler.ts').ruleSampler;
  schema: typeof import('../processors/schema.ts').schema;
  span: typeof import('../processors/span.ts').span;
  span_pruning: typeof import('../processors/span_pruning.ts').spanPruning;
  spanpruning: typeof import('../processors/span_pruning.ts').spanPruning;
  tail_sampling: typeof import('../processors/tail_sampling.ts').tailSampling;
  transform: typeof import('../processors/transform.ts').transform;
  unroll: typeof import('../processors/unroll.ts').unroll;
}

/** Definitions of connectors by type and alias. */
export interface ConnectorTypes {
  aggregate: typeof import('../connectors/aggregate.ts').aggregate;
  count: typeof import('../connectors/count.ts').count;
  exceptions: typeof import('../connectors/exceptions.ts').exceptions;
  failover: typeof import('../connectors/failover.ts').failover;
  forward: typeof import('../connectors/forward.ts').forward;
  function: typeof import('../connectors/function.ts').functionConnector;
  otlp_json: typeof import('../connectors/otlp_json.ts').otlpJson;
  otlpjson: typeof import('../connectors/otlp_json.ts').otlpJson;
  round_robin: typeof import('../connectors/round_robin.ts').roundRobin;
  roundrobin: typeof import('../connectors/round_robin.ts').roundRobin;
  routing: typeof import('../connectors/routing.ts').routing;
  service_graph: typeof import('../connectors/service_graph.ts').serviceGraph;
  servicegraph: typeof import('../connectors/service_graph.ts').serviceGraph;
  signal_to_metrics: typeof import('../connectors/signal_to_metrics.ts').signalToMetrics;
  signaltometrics: typeof import('../connectors/signal_to_metrics.ts').signalToMetrics;
  span_metrics: typeof import('../connectors/span_metrics.ts').spanMetrics;
  spanmetrics: typeof import('../connectors/span_metrics.ts').spanMetrics;
  sum: typeof import('../connectors/sum.ts').sum;
}

/** Definitions of exporters by type and alias. */
export interface ExporterTypes {
  clickhouse: typeof import('../exporters/clickhouse.ts').clickhouse;
  clickhouse_store: typeof import('../exporters/clickhouse_store.ts').clickhouse_store;
  debug: typeof import('../exporters/debug.ts').debug;
  elasticsearch: typeof import('../exporters/elasticsearch.ts').elasticsearch;
  file: typeof import('../exporters/file.ts').file;
  fluent_forward: typeof import('../exporters/fluent_forward.ts').fluentForward;
  fluentforward: typeof import('../exporters/fluent_forward.ts').fluentForward;
  influxdb: typeof import('../exporters/influxdb.ts').influxdb;
  jaeger_storage_exporter: typeof import('../exporters/jaeger_storage_exporter.ts').jaegerStorageExporter;
  kafka: typeof import('../exporters/kafka.ts').kafka;
  load_balancing: typeof import('../exporters/load_balancing.ts').loadBalancing;
  loadbalancing: typeof import('../exporters/load_balancing.ts').loadBalancing;
  loki: typeof import('../exporters/loki.ts').loki;
  nats: typeof import('../exporters/nats.ts').nats;
  nop: typeof import('../exporters/nop.ts').nop;
  opensearch: typeof import('../exporters/opensearch.ts').opensearch;
  otlp_grpc: typeof import('../exporters/otlp_grpc.ts').otlpGrpc;
  otlp: typeof import('../exporters/otlp_grpc.ts').otlpGrpc;
  otlp_http: typeof import('../exporters/otlp_http.ts').otlpHttp;
  otlphttp: typeof import('../exporters/otlp_http.ts').otlpHttp;
  otlp_udp: typeof import('../exporters/otlp_udp.ts').otlpUdp;
  udp: typeof import('../exporters/otlp_udp.ts').otlpUdp;
  otlp_websocket: typeof import('../exporters/otlp_websocket.ts').otlpWebsocket;
  websocket: typeof import('../exporters/otlp_websocket.ts').otlpWebsocket;
  prometheus: typeof import('../exporters/prometheus.ts').prometheus;
  prometheus_remote_write: typeof import('../exporters/prometheus_remote_write.ts').prometheusRemoteWrite;
  prometheusremotewrite: typeof import('../exporters/prometheus_remote_write.ts').prometheusRemoteWrite;
  s3: typeof import('../exporters/s3.ts').s3;
  awss3: typeof import('../exporters/s3.ts').s3;
  splunk_hec: typeof import('../exporters/splunk_hec.ts').splunkHec;
  splunkhec: typeof import('../exporters/splunk_hec.ts').splunkHec;
  store: typeof import('../exporters/store.ts').store;
  syslog: typeof import('../exporters/syslog.ts').syslog;
  zipkin: typeof import('../exporters/zipkin.ts').zipkin;
}

/** Definitions of extensions by type and alias. */
export interface ExtensionTypes {
  acme: typeof import('../extensions/acme.ts').acme;
  alerting: typeof import('../extensions/alerting.ts').alerting;
  basic_auth: typeof import('../extensions/basic_auth.ts').basicAuth;
  basicauth: typeof import('../extensions/basic_auth.ts').basicAuth;
  bearer_token_auth: typeof import('../extensions/bearer_token_auth.ts').bearerTokenAuth;
  bearertokenauth: typeof import('../extensions/bearer_token_auth.ts').bearerTokenAuth;
  docker_observer: typeof import('../extensions/docker_observer.ts').dockerObserver;
  file_storage: typeof import('../extensions/file_storage.ts').fileStorage;
  headers_setter: typeof import('../extensions/headers_setter.ts').headersSetter;
  health_check: typeof import('../extensions/health_check.ts').healthCheck;
  health_check_v2: typeof import('../extensions/health_check_v2.ts').healthCheckV2;
  healthcheckv2: typeof import('../extensions/health_check_v2.ts').healthCheckV2;
  host_observer: typeof import('../extensions/host_observer.ts').hostObserver;
  identity: typeof import('../extensions/identity.ts').identity;
  jaeger_query: typeof import('../extensions/jaeger_query.ts').jaegerQuery;
  jaeger_storage: typeof import('../extensions/jaeger_storage.ts').jaegerStorage;
  k8s_observer: typeof import('../extensions/k8s_observer.ts').k8sObserver;
  oauth2_client: typeof import('../extensions/oauth2_client.ts').oauth2Client;
  oauth2client: typeof import('../extensions/oauth2_client.ts').oauth2Client;
  oidc: typeof import('../extensions/oidc.ts').oidc;
  opamp: typeof import('../extensions/opamp.ts').opamp;
  pprof: typeof import('../extensions/pprof.ts').pprof;
  target_allocator: typeof import('../extensions/target_allocator.ts').targetAllocator;
  workbench: typeof import('../extensions/workbench.ts').workbench;
  zpages: typeof import('../extensions/zpages.ts').zpages;
}
