import type { Signal } from '@otelier/otlp';
import type { ConfigBuilder, OutputMap } from '../output/config-builder.ts';
import type { Section } from '../source/section.ts';
import { literal } from '../stages/expressions.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { recordField } from './accessor.ts';
import { type FluentParser, parseRecord } from './parsers.ts';

/** A receiver, before its operators are added. */
export interface FluentInput {
  readonly type: string;
  readonly config: OutputMap;
  readonly signals: readonly Signal[];
  /** Adds the operators that make the record, which is the body; `undefined` for receivers without operators. */
  readonly makeRecord?: (context: StageContext) => void;
}

/** What inputs refer to. */
export interface InputContext {
  readonly builder: ConfigBuilder;
  readonly parsers: ReadonlyMap<string, FluentParser>;
  readonly firstLines: ReadonlyMap<string, string>;
}

type ConvertInput = (input: Section, context: InputContext) => FluentInput | undefined;

const INPUTS: Readonly<Record<string, ConvertInput>> = {
  tail: tailInput,
  systemd: systemdInput,
  syslog: syslogInput,
  tcp: tcpInput,
  udp: udpInput,
  forward: forwardInput,
  opentelemetry: otlpInput,
  http: httpInput,
};

/** Inputs that are not converted, with what to do instead. */
const MISSING: Readonly<Record<string, string>> = {
  cpu: 'use the scraper cpu of host_metrics',
  mem: 'use the scraper memory of host_metrics',
  disk: 'use the scraper disk of host_metrics',
  netif: 'use the scraper network of host_metrics',
  proc: 'use the scraper process of host_metrics',
  node_exporter_metrics: 'use host_metrics',
  process_exporter_metrics: 'use the scraper process of host_metrics',
  prometheus_scrape: 'use the receiver prometheus',
  prometheus_remote_write: 'use the receiver prometheus_remote_write',
  kubernetes_events: 'use the receiver k8s_events',
  kafka: 'use the receiver kafka',
  statsd: 'use the receiver statsd',
  nginx_metrics: 'use the receiver nginx',
  docker: 'use the receiver docker_stats',
  docker_events: 'there is no receiver for the events of Docker',
  elasticsearch: 'use the receiver elasticsearch_bulk',
  splunk: 'use the receiver splunk_hec',
  dummy: 'use the receiver generator',
  exec: 'write the output to a file, and read it with file_log',
  winlog: 'there is no receiver for the event log of Windows',
  winevtlog: 'there is no receiver for the event log of Windows',
  mqtt: 'there is no receiver for MQTT',
};

/** Settings of all inputs that have no meaning for otelier. */
const COMMON = [
  ...[
    'name',
    'tag',
    'alias',
    'log_level',
    'mem_buf_limit',
    'storage.type',
    'storage.pause_on_chunks_overlimit',
    'threaded',
  ],
  ...['buffer_chunk_size', 'buffer_max_size', 'chunk_size', 'buffer_size'],
];

/** Converts an input. Returns `undefined` for one that is not converted. */
export function convertInput(type: string, input: Section, context: InputContext): FluentInput | undefined {
  input.skip(...COMMON);
  const convert = Object.hasOwn(INPUTS, type) ? INPUTS[type] : undefined;
  if (convert === undefined) {
    input.report.missing(
      input.place,
      `the input ${type} is not converted`,
      MISSING[type] ?? 'see otelier components for the receivers',
    );
    return undefined;
  }
  const found = convert(input, context);
  input.finish();
  return found;
}

function tailInput(input: Section, { builder, parsers, firstLines }: InputContext): FluentInput {
  const paths = input.texts('path').flatMap((text) => text.split(/\s*,\s*/));
  const exclude = input.texts('exclude_path').flatMap((text) => text.split(/\s*,\s*/));
  const db = input.text('db');
  const storage = db === undefined ? undefined : storageOf(db, builder);
  if (db !== undefined)
    input.changed(
      'db',
      'positions in files are not taken over from the database',
      'see docs/guide/convert.md for the move',
    );
  input.skip(
    'db.sync',
    'db.locking',
    'db.journal_mode',
    'db.compare_filename',
    'rotate_wait',
    'watcher_interval',
    'inotify_watcher',
  );
  input.skip(
    'skip_long_lines',
    'skip_empty_lines',
    'multiline.flush',
    'static_batch_size',
    'event_batch_size',
    'docker_mode',
    'docker_mode_flush',
  );
  input.missing('tag_regex', 'tags are not made from paths', 'use the attribute log.file.path');
  input.missing('ignore_older', 'old files are read', 'set exclude_older_than');
  const parserName = input.text('parser');
  const parser = parserName === undefined ? undefined : parsers.get(parserName);
  if (parserName !== undefined && parser === undefined)
    input.report.missing(input.at('parser'), `there is no parser ${parserName} in the sources`, 'add its operator');
  const multiline = input.texts('multiline.parser').flatMap((text) => text.split(/\s*,\s*/));
  const pathKey = input.text('path_key');
  const offsetKey = input.text('offset_key');
  const key = input.text('key') ?? 'log';
  const refresh = input.text('refresh_interval');
  return {
    type: 'file_log',
    signals: ['logs'],
    config: {
      include: paths,
      ...(exclude.length > 0 && { exclude }),
      start_at: input.boolean('read_from_head') === true ? 'beginning' : 'end',
      include_file_name: false,
      include_file_path: true,
      ...(offsetKey !== undefined && { include_file_record_offset: true }),
      ...(refresh !== undefined && { poll_interval: '1s' }),
      preserve_leading_whitespaces: true,
      preserve_trailing_whitespaces: true,
      ...(storage !== undefined && { storage }),
    },
    makeRecord(context) {
      for (const name of multiline) addMultiline(name, input, firstLines, context);
      if (parser !== undefined)
        parseRecord(parser, { key: undefined, keepsKey: false, keepsOthers: true }, context, input.report);
      else context.push({ type: 'move', from: 'body', to: recordField(key) }, 'type(body) == "string"');
      if (multiline.some((name) => RUNTIMES.has(name)))
        for (const [attribute, field] of [
          ['log.iostream', 'stream'],
          ['logtag', '_p'],
        ] as const)
          context.push(
            { type: 'move', from: `attributes["${attribute}"]`, to: `body.${field}` },
            `attributes["${attribute}"] != nil`,
          );
      if (pathKey !== undefined)
        context.push({ type: 'copy', from: 'attributes["log.file.path"]', to: recordField(pathKey) });
      if (offsetKey !== undefined)
        context.push({ type: 'copy', from: 'attributes["log.file.record_offset"]', to: recordField(offsetKey) });
    },
  };
}

function storageOf(db: string, builder: ConfigBuilder): string {
  const directory = db.includes('/') ? db.replace(/\/[^/]*$/, '') : '.';
  return builder.share('extensions', 'file_storage', 'positions', {
    directory: `${directory}/otelier-positions`,
    create_directory: true,
  });
}

/** The runtimes of containers split lines; other parsers combine lines that the application has written. */
function addMultiline(
  name: string,
  input: Section,
  firstLines: ReadonlyMap<string, string>,
  context: StageContext,
): void {
  const first = firstLines.get(name);
  if (RUNTIMES.has(name))
    context.push({ type: 'container', add_metadata_from_filepath: false, on_error: 'send_quiet' }, CONTAINER_LINE);
  else if (first !== undefined)
    context.push({
      type: 'recombine',
      combine_field: 'body',
      combine_with: '\n',
      is_first_entry: `body matches ${literal(first)}`,
      source_identifier: 'attributes["log.file.path"]',
      max_unmatched_batch_size: 1,
    });
  else
    input.report.missing(
      input.at('multiline.parser'),
      `the parser ${name} of several lines is not converted`,
      'use the operator recombine',
    );
}

const RUNTIMES = new Set(['docker', 'cri']);
const CONTAINER_LINE = String.raw`body matches "^\\{|^\\S+ (stdout|stderr) [FP]"`;

function systemdInput(input: Section, { builder }: InputContext): FluentInput {
  const db = input.text('db');
  const storage = db === undefined ? undefined : storageOf(db, builder);
  if (db !== undefined)
    input.changed('db', 'the position in the journal is not taken over', 'see docs/guide/convert.md for the move');
  const filters = input.texts('systemd_filter').map((text) => text.split('=', 2));
  const isAnd = (input.text('systemd_filter_type') ?? 'or').toLowerCase() === 'and';
  const matches = isAnd ? [Object.fromEntries(filters)] : filters.map((pair) => Object.fromEntries([pair]));
  const path = input.text('path');
  const strips = input.boolean('strip_underscores') === true;
  if (strips)
    input.report.missing(
      input.at('strip_underscores'),
      'names of fields keep their underscores',
      'use the processor transform',
    );
  input.missing('lowercase', 'names of fields keep their case', 'use the processor transform');
  input.skip('max_fields', 'max_entries', 'db.sync');
  return {
    type: 'journald',
    signals: ['logs'],
    config: {
      start_at: input.boolean('read_from_tail') === true ? 'end' : 'beginning',
      priority: 'debug',
      ...(path !== undefined && { directory: path }),
      ...(filters.length > 0 && { matches }),
      ...(storage !== undefined && { storage }),
    },
    makeRecord: () => {},
  };
}

function addressOf(input: Section, port: string): string {
  return `${input.text('listen') ?? input.text('host') ?? '0.0.0.0'}:${input.text('port') ?? port}`;
}

function syslogInput(input: Section, _context: InputContext): FluentInput | undefined {
  const mode = (input.text('mode') ?? 'unix_udp').toLowerCase();
  const parser = input.text('parser') ?? '';
  if (mode.startsWith('unix')) {
    input.report.missing(input.place, 'sockets of UNIX are not read', 'let the syslog daemon send to UDP');
    input.skip(...input.keys);
    return undefined;
  }
  const protocol = /5424/.test(parser) ? 'rfc5424' : 'rfc3164';
  input.skip('receive_buffer_size', 'unix_perm', 'path', 'source_address_key');
  input.report.changed(input.place, `messages are parsed as ${protocol}; their fields are attributes and the record`);
  return {
    type: 'syslog',
    signals: ['logs'],
    config: { protocol, [mode === 'udp' ? 'udp' : 'tcp']: { listen_address: addressOf(input, '5140') } },
    makeRecord(context) {
      const names = {
        pri: 'priority',
        host: 'hostname',
        ident: 'appname',
        pid: 'proc_id',
        msgid: 'msg_id',
        message: 'message',
      };
      const record = context.internal('record');
      for (const [key, attribute] of Object.entries(names))
        context.push(
          { type: 'copy', from: `attributes.${attribute}`, to: `${record.field}.${key}` },
          `attributes.${attribute} != nil`,
        );
      context.push({ type: 'move', from: 'body', to: 'body.log' }, `${record.expression} == nil`);
      context.push({ type: 'move', from: record.field, to: 'body' }, `${record.expression} != nil`);
    },
  };
}

function tcpInput(input: Section, _context: InputContext): FluentInput {
  const isJson = (input.text('format') ?? 'json').toLowerCase() === 'json';
  const separator = input.text('separator');
  if (separator !== undefined && separator !== '\\n')
    input.report.missing(
      input.at('separator'),
      'records end with the line',
      'set multiline.line_end_pattern of tcp_log',
    );
  input.skip('source_address_key');
  return {
    type: 'tcp_log',
    signals: ['logs'],
    config: { listen_address: addressOf(input, '5170') },
    makeRecord: (context) => lineRecord(isJson, context),
  };
}

function udpInput(input: Section, _context: InputContext): FluentInput {
  const isJson = (input.text('format') ?? 'json').toLowerCase() === 'json';
  input.skip('source_address_key', 'separator');
  return {
    type: 'udp_log',
    signals: ['logs'],
    config: { listen_address: addressOf(input, '5170') },
    makeRecord: (context) => lineRecord(isJson, context),
  };
}

function lineRecord(isJson: boolean, context: StageContext): void {
  if (isJson) {
    const parsed = context.internal('json');
    context.push({ type: 'json_parser', parse_to: parsed.field, parse_ints: true, on_error: 'send_quiet' });
    context.push({ type: 'move', from: parsed.field, to: 'body' }, `${parsed.expression} != nil`);
  }
  context.push({ type: 'move', from: 'body', to: 'body.log' }, 'type(body) == "string"');
}

function forwardInput(input: Section, _context: InputContext): FluentInput {
  const key = input.has('shared_key') ? input.secret('shared_key', 'FORWARD_SHARED_KEY') : undefined;
  input.skip('unix_path', 'unix_perm', 'tag_prefix', 'self_hostname', 'empty_shared_key');
  return {
    type: 'fluent_forward',
    signals: ['logs'],
    config: { endpoint: addressOf(input, '24224'), ...(key !== undefined && { security: { shared_key: key } }) },
  };
}

function otlpInput(input: Section, _context: InputContext): FluentInput {
  input.skip(
    'tag_from_uri',
    'raw_traces',
    'successful_response_code',
    'http2',
    'profiles_support',
    'logs_metadata_key',
    'logs_body_key',
  );
  return {
    type: 'otlp',
    signals: ['traces', 'metrics', 'logs'],
    config: { protocols: { http: { endpoint: addressOf(input, '4318') } } },
  };
}

function httpInput(input: Section, _context: InputContext): FluentInput {
  input.skip('successful_response_code', 'http2', 'success_header');
  input.missing('tag_key', 'tags are not made from records');
  input.report.changed(
    input.place,
    'the path of a request is not its tag; requests go to the path /',
    'set path of webhook_event',
  );
  return {
    type: 'webhook_event',
    signals: ['logs'],
    config: { endpoint: addressOf(input, '9880'), path: '/' },
  };
}
