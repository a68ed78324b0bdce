import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { test } from 'node:test';
import { root, sourceFiles } from './sources.ts';

/**
 * The files that read wall-clock time, each with its reason. Wall-clock time jumps when the system clock is set, so
 * durations and deadlines use the monotonic clock instead.
 */
const POINTS_IN_TIME: Readonly<Record<string, string>> = {
  'collector/src/cli/doctor/command.ts': 'the validity of certificates',
  'collector/src/cli/export.ts': '`--since` is a point in time before now',
  'collector/src/cli/import/destination.ts': 'the time of arrival of imported telemetry',
  'collector/src/cli/mcp/command.ts': 'the time range of a question ends now',
  'collector/src/cli/run/output.ts': 'the time of a line of output',
  'collector/src/cli/simulate/simulate.ts': 'the range of telemetry ends now',
  'collector/src/cli/simulate/simulation.ts': 'the virtual time follows the times of telemetry',
  'collector/src/cli/test/pipeline/test-run.ts': 'the virtual time of arrival of a batch',
  'collector/src/cli/test/record.ts': 'the time at which a recording starts',
  'collector/src/component/auth/token/token-validator.ts': 'the expiry of tokens, with a tolerance',
  'collector/src/component/ingest-handler.ts': "a batch's time of arrival",
  'collector/src/connectors/aggregate/connector.ts': 'times of items that have none, and items of the future',
  'collector/src/doctor/diagnose.ts': 'the validity of certificates, the times of telemetry',
  'collector/src/exporters/file/rotating-file.ts': 'names of files; ages of files, where jumps ahead do not count',
  'collector/src/exporters/elasticsearch.ts': 'the date in the names of indices',
  'collector/src/exporters/fluent_forward.ts': 'the time of records that have none',
  'collector/src/exporters/loki.ts': 'a date in Retry-After is a point in time; the time of records that have none',
  'collector/src/exporters/prometheus_remote_write.ts': 'a date in Retry-After is a point in time',
  'collector/src/exporters/s3/sender.ts': 'the time in names of objects and in signatures',
  'collector/src/exporters/splunk_hec.ts': 'a date in Retry-After is a point in time',
  'collector/src/exporters/store.ts': 'the time of a change to a document, which is shown',
  'collector/src/exporters/zipkin.ts': 'a date in Retry-After is a point in time',
  'collector/src/extensions/health_check.ts': 'the time of the start, which is shown',
  'collector/src/extensions/health_check_v2/servers.ts': 'the times of the start and of statuses, which are shown',
  'collector/src/extensions/jaeger_query.ts': 'the time of the start, which is shown',
  'collector/src/extensions/oauth2_client/token-source.ts':
    'the times in a signed assertion, which the server checks by its own clock',
  'collector/src/extensions/opamp/agent.ts': 'the time of the start, which is shown, and of the instance UID',
  'collector/src/extensions/opamp/http-transport.ts': 'a date in Retry-After is a point in time',
  'collector/src/extensions/opamp/websocket-transport.ts': 'a date in Retry-After is a point in time',
  'collector/src/extensions/workbench.ts':
    "the times of the start and of the response, which are shown; a batch's time of arrival",
  'collector/src/extensions/zpages.ts': 'the time of the start, which is shown',
  'collector/src/graph/node-status.ts': 'since when a component has a status, which is shown',
  'collector/src/graph/surroundings.ts': 'the time of the last loss, which is shown',
  'collector/src/graph/tap/item-tap.ts': 'when an item passed, which is shown',
  'collector/src/json/otlp-json.ts': "a batch's time of arrival",
  'collector/src/kafka/client-options.ts': 'the batch context of a request for a token',
  'collector/src/messages/decode.ts': 'the time at which a log record was observed',
  'collector/src/messages/message-delivery.ts': "a batch's time of arrival",
  'collector/src/metrics/now.ts': 'times of data points',
  'collector/src/ottl/evaluation-context.ts': 'the result of Now()',
  'collector/src/processors/resource_detection/detectors/aws/ec2-api.ts': 'the time in the signature of a request',
  'collector/src/processors/cumulative_to_delta.ts': 'the age of points, by their time; points since the start',
  'collector/src/processors/log_dedup/processor.ts': 'times of forwarded records',
  'collector/src/processors/metric_start_time.ts': 'the time of the start, where no metric has it',
  'collector/src/profiling/heap-profile.ts': 'the time of a profile',
  'collector/src/profiling/threads.ts': 'the time of a profile',
  'collector/src/operators/deliver.ts': 'the arrival of what a receiver has read',
  'collector/src/operators/direct/steps.ts': 'the year of times without one',
  'collector/src/operators/parsers/container.ts': 'the year of times without one',
  'collector/src/operators/parsers/syslog_parser.ts': 'the year of times without one',
  'collector/src/operators/record/time.ts': 'the year of times without one',
  'collector/src/receivers/file_log/finder.ts': 'the age of files, whose times are those of the wall clock',
  'collector/src/receivers/file_log/reader.ts': 'the observed time of log records',
  'collector/src/receivers/elasticsearch_bulk.ts': 'the observed time of log records',
  'collector/src/receivers/framed_logs/connection.ts': 'the observed time of log records',
  'collector/src/receivers/journald/receiver.ts': 'the time at which a log record was observed',
  'collector/src/receivers/log_stream/log-stream.ts': 'the observed time of log records',
  'collector/src/receivers/generator.ts': 'times of spans, which skip what the clock skips',
  'collector/src/receivers/host_metrics/scrapers/process.ts':
    'the age of a process, whose start the kernel has as a time',
  'collector/src/receivers/http_check/check.ts': 'the start of sums; the validity of certificates',
  'collector/src/receivers/internal.ts': 'times of points',
  'collector/src/receivers/loki.ts': 'the time of receipt of entries',
  'collector/src/receivers/prometheus.ts': "a batch's time of arrival",
  'collector/src/receivers/prometheus/scrape/target.ts': 'times of points, and of scrapes, which restarts do not move',
  'collector/src/receivers/scraping/scraping-receiver.ts': "a batch's time of arrival",
  'collector/src/receivers/scraping/server-scraper.ts': 'the times since when sums count',
  'collector/src/receivers/scraping/url-reader.ts': 'the batch context of a request for credentials',
  'collector/src/receivers/splunk_hec.ts': 'the observed time of log records',
  'collector/src/receivers/tcp_check/check.ts': 'the start of sums',
  'collector/src/receivers/webhook_event.ts': 'the observed time of log records',
  'collector/src/receivers/zipkin.ts': 'the time of receipt of spans that have none',
  'collector/src/service/editing/dry-run/capture.ts': 'the time at which the clock of a dry run begins',
  'collector/src/service/editing/editor.ts': 'the time of revisions, which is shown',
  'collector/src/service/host.ts': 'the time of a snapshot of the graph, which is shown',
  'collector/src/service/reload/configuration.ts': 'the time of the last reload, which is shown',
  'collector/src/service/service.ts': 'the time in the instance ID, and of dropped traces',
  'collector/src/service/worker/service.ts': 'the time of dropped traces',
  'collector/src/telemetry/start-telemetry.ts': 'the times of data points',
  'collector/src/telemetry/traces/span.ts': 'the start times of spans',
  'dashboard/src/data/event-stream.ts': 'when the next attempt is due, which is shown',
  'dashboard/src/data/kept-history.ts': 'the age of samples that a former page has kept',
  'dashboard/src/data/pipeline-stream.ts': 'since when the connection is lost, which is shown',
  'dashboard/src/query/use-query-run.ts': 'when a result was read, which is shown',
  'dashboard/src/shell/range-picker.tsx': 'the range of time that is shown',
  'dashboard/src/shell/shell.tsx': 'the range of time that is shown',
  'dashboard/src/time/clock.ts': 'the time that is shown',
  'dashboard/src/views/logs/log-pane.tsx': 'the range of time that is shown',
  'dashboard/src/views/logs/logs.tsx': 'the range of time that is shown',
  'dashboard/src/views/query/query-list.tsx': 'whether a query ran today',
  'dashboard/src/views/query/query.tsx': 'when a query ran, which is shown',
  'journal/src/lock-owner.ts': 'since when an owner has the lock, which is shown',
  'journal/src/segment-repair.ts': 'a name for a segment that is read and removed',
  'query/src/http/create-api.ts': 'the end of a range that has none',
  'query/src/loki/tail/tail.ts': 'the time of records that were left out undecoded',
  'query/src/streams/live-logs.ts': 'names of records that are in no store',
  'sdk/src/client/response.ts': 'a date in Retry-After is a point in time',
  'sdk/src/platform/node.ts': 'the clock itself',
  'sdk/src/time.ts': 'times of spans, anchored to the monotonic clock',
  'store/src/backup/backup.ts': 'the time of a backup',
  'store/src/write/journals/live-journals.ts': 'a name that was never used',
  'store/src/write/retention-time.ts': 'the age of telemetry, with a limit on what a jump removes',
  'store/src/write/retention.ts': 'where retention starts in a new store',
  'store/src/write/store-clock.ts': 'the clock itself',
  'transport/src/client/http1/client.ts': 'a date in Retry-After is a point in time',
  'transport/src/clock.ts': 'the clock itself',
  'transport/src/server/http1/server.ts': 'the Date header',
  'transport/src/server/http1/connections.ts': 'the Date header',
  'transport/src/websocket/open-socket.ts': 'a date in Retry-After is a point in time',
};

const TIME_SINCE_EPOCH = /\bDate\.now\b|\bnew Date\(\)|[cC]lock\.now\b|\.wall\(/;

test('only listed files read the time since the epoch, for points in time; timers and deadlines use the monotonic clock', () => {
  const reading = sourceFiles()
    .filter((file) => !/\.(test|bench|testing)\.tsx?$/.test(file))
    .filter((file) => TIME_SINCE_EPOCH.test(readFileSync(file, 'utf8')))
    .map((file) => relative(root, file).replaceAll('\\', '/').replace('packages/', ''))
    .filter((file) => !file.startsWith('testkit/'));
  assert.deepEqual(
    reading.sort(),
    Object.keys(POINTS_IN_TIME).sort(),
    'use `clock.monotonic()` for a duration or a deadline; list a file here, with its reason, for a point in time',
  );
});
