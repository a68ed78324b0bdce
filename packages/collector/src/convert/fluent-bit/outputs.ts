import type { Signal } from '@otelier/otlp';
import type { ConfigBuilder, OutputMap } from '../output/config-builder.ts';
import { type OutputText, RawText } from '../output/raw-text.ts';
import { outputText, variableName } from '../source/references.ts';
import type { Section } from '../source/section.ts';
import { lokiStatements } from './loki-labels.ts';

/** The exporter of an output, with the processors before it. */
export interface FluentOutput {
  readonly signals: readonly Signal[];
  readonly processors: readonly string[];
  readonly exporter: string;
}

interface Exporter {
  readonly type: string;
  readonly config: OutputMap;
  readonly signals?: readonly Signal[];
  /** Statements of the processor `transform`, for each log record. */
  readonly statements?: readonly OutputText[];
}

type ConvertOutput = (output: Section, name: string) => Exporter;

const OUTPUTS: Readonly<Record<string, ConvertOutput>> = {
  loki: lokiOutput,
  opentelemetry: otlpOutput,
  es: (output, name) => searchOutput(output, name, 'elasticsearch'),
  opensearch: (output, name) => searchOutput(output, name, 'opensearch'),
  kafka: kafkaOutput,
  s3: s3Output,
  forward: forwardOutput,
  stdout: () => ({ type: 'debug', config: { verbosity: 'detailed' } }),
  null: () => ({ type: 'nop', config: {} }),
  file: fileOutput,
  splunk: splunkOutput,
  influxdb: influxOutput,
  prometheus_remote_write: remoteWriteOutput,
};

/** Outputs that are not converted, with what to do instead. */
const MISSING: Readonly<Record<string, string>> = {
  http: 'there is no exporter for plain HTTP; use otlp_http, loki, splunk_hec or elasticsearch',
  datadog: 'there is no exporter for Datadog; send OTLP to the Datadog Agent with otlp_grpc',
  cloudwatch_logs: 'send OTLP to an agent of AWS',
  stackdriver: 'send OTLP to the endpoint of Google Cloud',
  gelf: 'use the exporter syslog',
  nrlogs: 'use otlp_http with the endpoint of New Relic',
  prometheus_exporter: 'use the exporter prometheus',
  syslog: 'use the exporter syslog',
};

const COMMON = [
  'name',
  'match',
  'match_regex',
  'alias',
  'log_level',
  'workers',
  'storage.total_limit_size',
  'net.keepalive',
  'net.keepalive_idle_timeout',
  'net.connect_timeout',
  'net.keepalive_max_recycle',
];

/** Converts an output. Returns `undefined` for one that is not converted. */
export function convertOutput(type: string, output: Section, builder: ConfigBuilder): FluentOutput | undefined {
  output.skip(...COMMON);
  output.changed(
    'retry_limit',
    'retries end after a time, not after a number',
    'set retry_on_failure.max_elapsed_time of the exporter',
  );
  const convert = Object.hasOwn(OUTPUTS, type) ? OUTPUTS[type] : undefined;
  if (convert === undefined) {
    output.report.missing(
      output.place,
      `the output ${type} is not converted`,
      MISSING[type] ?? 'see otelier components for the exporters',
    );
    return undefined;
  }
  const alias = output.text('alias') ?? '';
  const { report } = output;
  let exporter: Exporter | undefined;
  const config = report.attach(() => {
    exporter = convert(output, variableName(type, alias));
    output.finish();
    return exporter.config;
  });
  const { type: exporterType = '', signals = ['logs'], statements = [] } = exporter ?? {};
  const id = builder.add('exporters', exporterType, alias, config);
  builder.setPlace('exporters', id, output.place);
  const processors =
    statements.length === 0
      ? []
      : [
          builder.add('processors', 'transform', alias === '' ? exporterType : alias, {
            error_mode: 'ignore',
            log_statements: [{ context: 'log', statements: [...statements] }],
          }),
        ];
  for (const processor of processors) builder.setPlace('processors', processor, output.place);
  return { signals, processors, exporter: id };
}

function hostOf(output: Section, port: string): OutputText {
  const host = output.value('host') ?? '127.0.0.1';
  const text = `:${output.text('port') ?? port}`;
  return typeof host === 'string' ? `${host}${text}` : new RawText(`${host.text}${text}`);
}

function urlOf(output: Section, port: string, path: string): OutputText {
  const host = hostOf(output, port);
  const scheme = output.boolean('tls') === true ? 'https' : 'http';
  return typeof host === 'string' ? `${scheme}://${host}${path}` : new RawText(`${scheme}://${host.text}${path}`);
}

/** Settings of TLS, which have names with dots. */
function tlsOf(output: Section): { readonly tls?: OutputMap } {
  output.skip('tls.debug', 'tls.vhost');
  output.missing('tls.key_passwd', 'keys with a password are not read', 'decrypt the key');
  const tls: OutputMap = {
    ca_file: output.value('tls.ca_file'),
    cert_file: output.value('tls.crt_file'),
    key_file: output.value('tls.key_file'),
    ...(output.boolean('tls.verify') === false && { insecure_skip_verify: true }),
  };
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  return Object.keys(given).length === 0 ? {} : { tls: given };
}

/** Headers `Header NAME VALUE`, and those of credentials. */
function headersOf(output: Section, name: string): { readonly headers?: OutputMap } {
  const headers: OutputMap = {};
  for (const text of output.texts('header')) {
    const [, key = '', value = ''] = /^(\S+)\s+(.*)$/.exec(text) ?? [];
    const known = outputText(value);
    const isOpen = known instanceof RawText || /^(x-scope-orgid|content-type|user-agent)$/i.test(key);
    headers[key] = isOpen ? known : new RawText(`\${env:${variableName(name, key)}}`);
    if (!isOpen)
      output.report.changed(
        output.at('header'),
        `a header is not copied; the output reads it from the variable ${variableName(name, key)}`,
        `set ${variableName(name, key)}`,
      );
  }
  const token = output.secret('bearer_token', variableName(name, 'token'));
  if (token !== undefined) headers['Authorization'] = new RawText(`Bearer ${token.text}`);
  const user = output.value('http_user');
  const password = output.secret('http_passwd', variableName(name, 'password'));
  if (user !== undefined || password !== undefined) {
    const variable = variableName(name, 'basic');
    headers['Authorization'] = new RawText(`Basic \${env:${variable}}`);
    output.report.changed(
      output.at('http_user'),
      `basic authentication is the header Authorization with the variable ${variable}`,
      `set ${variable} to USER:PASSWORD in base64`,
    );
  }
  return Object.keys(headers).length === 0 ? {} : { headers };
}

function lokiOutput(output: Section, name: string): Exporter {
  const statements = lokiStatements(output);
  const headers = headersOf(output, name);
  const tenant = output.value('tenant_id');
  output.missing('tenant_id_key', 'the tenant is not read from records', 'set the attribute loki.tenant');
  output.missing(
    'structured_metadata',
    'structured metadata is not sent by the exporter loki',
    'send to /otlp of Loki 3 with otlp_http',
  );
  output.missing('auto_kubernetes_labels', 'attributes of pods are no labels', 'name them in loki.resource.labels');
  return {
    type: 'loki',
    config: {
      endpoint: urlOf(output, '3100', output.text('uri') ?? '/loki/api/v1/push'),
      ...tlsOf(output),
      ...(tenant !== undefined ? { headers: { ...headers.headers, 'X-Scope-OrgID': tenant } } : headers),
      default_labels_enabled: { exporter: false, job: false, instance: false, level: false },
    },
    statements,
  };
}

function otlpOutput(output: Section, name: string): Exporter {
  const uri = (key: string) => output.text(key);
  const base = urlOf(output, '80', '');
  const endpoints = Object.fromEntries(
    (['traces', 'metrics', 'logs'] as const).flatMap((signal) => {
      const path = uri(`${signal}_uri`);
      if (path === undefined || path === `/v1/${signal}`) return [];
      return [[`${signal}_endpoint`, typeof base === 'string' ? `${base}${path}` : new RawText(`${base.text}${path}`)]];
    }),
  );
  output.missing('add_label', 'labels are not added', 'use the processor resource');
  output.skip('compress', 'http2', 'log_response_payload', 'logs_body_key', 'logs_body_key_attributes', 'grpc');
  const compression = output.text('compress');
  return {
    type: 'otlp_http',
    signals: ['traces', 'metrics', 'logs'],
    config: {
      endpoint: base,
      ...endpoints,
      ...tlsOf(output),
      ...headersOf(output, name),
      ...(compression === undefined && { compression: 'none' }),
    },
  };
}

function searchOutput(output: Section, name: string, type: string): Exporter {
  const user = output.value('http_user');
  const password = output.secret('http_passwd', variableName(name, 'password'));
  const isLogstash = output.boolean('logstash_format') === true;
  const index = output.value(isLogstash ? 'logstash_prefix' : 'index') ?? (isLogstash ? 'logstash' : 'fluent-bit');
  output.skip(
    'suppress_type_name',
    'type',
    'trace_error',
    'trace_output',
    'buffer_size',
    'current_time_index',
    'index',
  );
  output.skip('compress', 'write_operation', 'logstash_dateformat');
  for (const key of ['replace_dots', 'time_key', 'generate_id', 'include_tag_key', 'tag_key', 'id_key'])
    output.missing(key, 'documents have the form of the exporter', 'see mapping of the exporter');
  output.missing('pipeline', 'the ingest pipeline is not set', 'set pipeline of the exporter');
  const endpoint = urlOf(output, '9200', '');
  const indexing = { logs_index: index, ...(isLogstash && { logstash_format: { enabled: true } }) };
  if (type === 'elasticsearch')
    return {
      type,
      config: { endpoints: [endpoint], ...indexing, user, password, ...tlsOf(output) },
      // Documents are the records.
      statements: ['set(instrumentation_scope.attributes["elastic.mapping.mode"], "bodymap")'],
    };
  if (user !== undefined)
    output.report.missing(
      output.at('http_user'),
      'basic authentication is not converted',
      'add the extension basic_auth',
    );
  return { type, config: { http: { endpoint, ...tlsOf(output) }, ...indexing, mapping: { mode: 'bodymap' } } };
}

function kafkaOutput(output: Section, _name: string): Exporter {
  const topics = (output.text('topics') ?? 'fluent-bit').split(/\s*,\s*/);
  if (topics.length > 1)
    output.report.missing(output.at('topics'), 'only the first topic is used', 'add an exporter for each topic');
  output.missing('message_key', 'messages have no key');
  output.missing('topic_key', 'the topic is not read from records', 'use topic_from_attribute');
  output.missing('timestamp_key', 'the time is not part of messages');
  for (const key of output.keys.filter((name) => name.startsWith('rdkafka.')))
    output.missing(key, 'settings of librdkafka are not converted', 'see the settings of the exporter kafka');
  output.skip('format', 'timestamp_format', 'queue_full_retries', 'dynamic_topic', 'message_key_field');
  return {
    type: 'kafka',
    config: {
      brokers: (output.text('brokers') ?? '127.0.0.1:9092').split(/\s*,\s*/),
      logs: { topic: topics[0], encoding: 'raw' },
    },
  };
}

function s3Output(output: Section, _name: string): Exporter {
  output.missing(
    's3_key_format',
    'names of objects have the form of the exporter',
    'set s3_prefix and s3_partition_format',
  );
  output.missing('role_arn', 'the role is taken from the environment', 'set AWS_ROLE_ARN');
  const compression = output.text('compression');
  output.skip(
    'total_file_size',
    'upload_timeout',
    'use_put_object',
    'store_dir',
    'upload_chunk_size',
    'store_dir_limit_size',
    'json_date_key',
    'json_date_format',
    'static_file_path',
  );
  return {
    type: 's3',
    config: {
      s3uploader: {
        region: output.value('region'),
        s3_bucket: output.value('bucket'),
        ...(output.has('endpoint') && { endpoint: output.value('endpoint') }),
        ...(compression !== undefined && { compression }),
      },
      marshaler: 'body',
    },
  };
}

function forwardOutput(output: Section, name: string): Exporter {
  const key = output.secret('shared_key', variableName(name, 'shared_key'));
  const acknowledges = output.boolean('require_ack_response') === true;
  output.skip(
    'time_as_integer',
    'send_options',
    'self_hostname',
    'empty_shared_key',
    'retain_metadata_in_forward_mode',
  );
  output.missing('upstream', 'servers in a file are not read', 'use the exporter load_balancing');
  const tag = output.value('tag');
  const isTls = output.boolean('tls') === true;
  return {
    type: 'fluent_forward',
    config: {
      endpoint: { tcp_addr: hostOf(output, '24224') },
      ...(acknowledges && { require_ack: true }),
      ...(key !== undefined && { shared_key: key }),
      ...(tag !== undefined && { tag }),
      ...(isTls ? tlsOf(output) : { tls: { insecure: true } }),
    },
  };
}

function fileOutput(output: Section, _name: string): Exporter {
  output.changed('format', 'records are written as OTLP/JSON');
  output.skip('mkdir', 'delimiter', 'label_delimiter', 'template');
  return {
    type: 'file',
    config: { path: `${output.text('path') ?? '.'}/${output.text('file') ?? 'fluent-bit.jsonl'}` },
  };
}

function splunkOutput(output: Section, name: string): Exporter {
  const token = output.secret('splunk_token', variableName(name, 'token'));
  output.missing('event_key', 'the whole record is the event', 'use the processor transform');
  output.skip('splunk_send_raw', 'channel', 'compress', 'http_buffer_size');
  return {
    type: 'splunk_hec',
    config: {
      endpoint: urlOf(output, '8088', '/services/collector'),
      token,
      ...(output.has('event_index') && { index: output.value('event_index') }),
      ...(output.has('event_source') && { source: output.value('event_source') }),
      ...(output.has('event_sourcetype') && { sourcetype: output.value('event_sourcetype') }),
      ...tlsOf(output),
    },
  };
}

function influxOutput(output: Section, name: string): Exporter {
  const token = output.secret('http_token', variableName(name, 'token'));
  output.skip('tag_keys', 'auto_tags', 'sequence_tag', 'tags_list_key', 'strip_prefix');
  return {
    type: 'influxdb',
    config: {
      endpoint: urlOf(output, '8086', ''),
      org: output.value('org'),
      bucket: output.value('bucket') ?? output.value('database'),
      token,
      ...tlsOf(output),
    },
  };
}

function remoteWriteOutput(output: Section, name: string): Exporter {
  output.missing('add_label', 'labels are not added', 'use external_labels');
  return {
    type: 'prometheus_remote_write',
    signals: ['metrics'],
    config: {
      endpoint: urlOf(output, '80', output.text('uri') ?? '/api/v1/write'),
      ...tlsOf(output),
      ...headersOf(output, name),
    },
  };
}
