import type { TestLog, TestMetric, TestSpan } from './telemetry.ts';

/** A file with tests of pipelines. The fields are those of test files in YAML. */
export interface PipelineTests {
  /** Paths of configuration files, relative to the test file, or a configuration. */
  readonly config: string | readonly string[] | object;
  /** Settings such as `exporters.store.max_size=1GB`, which override the configuration. */
  readonly set?: readonly string[];
  /** Environment variables of the configuration. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly tests: readonly PipelineTestCase[];
}

/** A test. It names a receiver, a pipeline or components. */
export interface PipelineTestCase {
  readonly name: string;
  /** ID of the receiver whose pipelines the telemetry enters. */
  readonly receiver?: string;
  /** ID of the pipeline that the telemetry enters. */
  readonly pipeline?: string;
  /** Processors that the telemetry passes, in order, and a connector as the last one. */
  readonly components?: readonly string[];
  /** Time at which the test starts. Default `2026-01-01T00:00:00Z`. */
  readonly time?: string | Date;
  /** Seed of the random numbers that components use. */
  readonly seed?: number;
  /** Whether buffered telemetry is forwarded at the end. Default true. */
  readonly drain?: boolean;
  readonly given: readonly TestCaseStep[];
  readonly expect?: readonly TestCaseOutput[];
  /** Expected number of dropped items by component, or by component and reason. */
  readonly dropped?: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
}

/** Telemetry: the items of one signal, an OTLP/JSON request, or a file. */
export interface TestTelemetry {
  readonly spans?: readonly TestSpan[];
  readonly metrics?: readonly TestMetric[];
  readonly logs?: readonly TestLog[];
  readonly otlp?: object;
  readonly file?: string;
}

/** A step: telemetry that is sent, or time that passes. */
export interface TestCaseStep extends TestTelemetry {
  /** Time that passes, such as `30s`. */
  readonly advance?: string;
  /** Expected outcome of the batch. Default `accepted`. */
  readonly outcome?: 'accepted' | 'partial' | 'retry' | 'refused';
  /** Request headers that the batch has. */
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>;
}

/** What is expected at an output. */
export interface TestCaseOutput extends TestTelemetry {
  readonly exporter?: string;
  readonly pipeline?: string;
  readonly signal?: 'traces' | 'metrics' | 'logs' | 'profiles';
  /** `exact` compares all fields of all items, `subset` the given fields of the given items. Default `exact`. */
  readonly match?: 'exact' | 'subset';
  readonly ordered?: boolean;
  readonly count?: number;
  /** OTTL conditions that every item, at least one item, or no item matches. */
  readonly every?: readonly string[];
  readonly any?: readonly string[];
  readonly none?: readonly string[];
}

/** Returns tests unchanged. Its types check them. The default export of a test file is its result. */
export function defineTests(tests: PipelineTests): PipelineTests {
  return tests;
}
