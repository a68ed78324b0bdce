import type { ComponentKind } from '../../component/contract.ts';

/**
 * The components of the Collector's `contrib` distribution 0.161 by module name, which is the type without underscores.
 * It also includes some that were published later or that belong to no distribution.
 */
const COLLECTOR_COMPONENTS: Readonly<Record<ComponentKind, string>> = {
  receiver:
    'activedirectoryds aerospike apache apachespark awscloudwatch awscontainerinsight awsecscontainermetrics awsfirehose awslambda awss3 awsxray azureblob azureeventhub azuremonitor carbon chrony ciscoos cloudflare cloudfoundry collectd couchdb datadog dockerstats elasticsearch envoyals expvar faro filelog filestats flinkmetrics fluentforward github gitlab googlecloudmonitoring googlecloudpubsub googlecloudspanner haproxy hostmetrics httpcheck icmpcheck iis influxdb jaeger journald k8scluster k8sevents k8sobjects kafka kafkametrics kubeletstats libhoney loki macosunifiedlogging memcached mongodb mongodbatlas mysql namedpipe netflow nginx nop nsxt ntp oracledb otelarrow otlp otlpjsonfile podman postgresql pprof prometheus prometheussimple prometheusremotewrite pulsar purefa purefb rabbitmq receivercreator redis riak saphana skywalking snmp snowflake solace splunkenterprise splunkhec sqlquery sqlserver sshcheck statsd stef syslog systemd tcpcheck tcplog tlscheck udplog vcenter wavefront webhookevent windowseventlog windowsperfcounters windowsservice yanggrpc zipkin zookeeper',
  processor:
    'attributes batch cardinalityguardian cardinalitylimit coralogix cumulativetodelta deltatocumulative deltatorate dnslookup drain filter genainormalizer geoip groupbyattrs groupbytrace interval isolationforest k8sattributes logdedup logstransform lookup memorylimiter metricsgeneration metricstarttime metricstransform probabilisticsampler redaction remotetap resource resourcedetection schema span spanpruning sumologic tailsampling transform unroll',
  exporter:
    'alertmanager alibabacloudlogservice awscloudwatchlogs awsemf awskinesis awss3 awsxray azureblob azuredataexplorer azuremonitor bmchelix cassandra clickhouse coralogix datadog dataset debug doris elasticsearch faro file fluentforward googlecloud googlecloudpubsub googlecloudstorage googlemanagedprometheus honeycombmarker influxdb kafka loadbalancing logicmonitor logzio mezmo nop opensearch otelarrow otlp otlphttp prometheus prometheusremotewrite pulsar rabbitmq sentry signalfx splunkhec stef sumologic syslog tencentcloudlogservice tinybird zipkin',
  connector:
    'count datadog exceptions failover forward grafanacloud otlpjson roundrobin routing servicegraph signaltometrics spanmetrics sum',
  extension:
    'ack asapauth awscloudwatchmetricstreamsencoding awsiamdbauth awslogsencoding awsproxy azureauth azureencoding basicauth bearertokenauth cgroupruntime datadog dbstorage dockerobserver ecsobserver filestorage googleclientauth googlecloudlogentryencoding headerssetter healthcheck healthcheckv2 hostobserver httpforwarder jaegerencoding jaegerremotesampling jsonlogencoding k8sleaderelector k8sobserver oauth2client oidc opamp otlpencoding pebbletailstorage pprof redisstorage sigv4auth skywalkingencoding sumologic textencoding zipkinencoding zpages',
};

/** Components that the Collector has removed, with their replacements. */
const REMOVED: Partial<Readonly<Record<ComponentKind, Readonly<Record<string, string>>>>> = {
  exporter: { logging: 'debug', jaeger: 'otlp_grpc', jaeger_thrift: 'otlp_http', opencensus: 'otlp_grpc' },
  extension: { memory_ballast: 'service.memory.limit' },
  processor: {
    experimental_metricsgeneration: 'metrics_generation',
    spanmetrics: 'the connector span_metrics',
    servicegraph: 'the connector service_graph',
  },
  receiver: { opencensus: 'otlp' },
};

/** Returns the replacement of a component that the Collector has removed, or `undefined` for other types. */
export function replacementOf(kind: ComponentKind, type: string): string | undefined {
  const removed = REMOVED[kind] ?? {};
  return Object.hasOwn(removed, type) ? removed[type] : undefined;
}

/**
 * Reports whether the Collector has a component of this type that is not among otelier's `known` types, in any
 * spelling.
 */
export function isOnlyInCollector(kind: ComponentKind, type: string, known: readonly string[]): boolean {
  return isInCollector(kind, type) && !known.some((other) => isSameType(other, type));
}

/** Reports whether the Collector has a component of this type, in any spelling. */
export function isInCollector(kind: ComponentKind, type: string): boolean {
  return collectorComponents(kind).includes(simplify(type));
}

/** Reports whether two types differ only in case and underscores, such as `groupbyattrs` and `group_by_attrs`. */
export function isSameType(left: string, right: string): boolean {
  return simplify(left) === simplify(right);
}

/** Returns the Collector's components of a kind, without underscores. */
export function collectorComponents(kind: ComponentKind): readonly string[] {
  return COLLECTOR_COMPONENTS[kind].split(' ');
}

function simplify(type: string): string {
  return type.toLowerCase().replaceAll('_', '');
}
