import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { countItems, partitionItems, requestFromJson, SIGNALS, type Signal } from '@otelier/otlp';
import { systemClock } from '@otelier/transport/clock';
import { wholeSource } from '../../config/config-error.ts';
import { readConfigFiles } from '../../config/files.ts';
import { loadConfig } from '../../config/load.ts';
import { registry } from '../../registry.generated.ts';
import type { Environment } from './file/context.ts';
import type { PipelineTest, TestRequest } from './file/model.ts';
import { resolveTarget } from './pipeline/resolve-target.ts';
import type { TestOutput } from './pipeline/tested-config.ts';
import { type RecordTarget, recordTarget } from './record-target.ts';
import { runFile } from './run-files.ts';
import { writeTelemetryFile } from './telemetry/write-telemetry-file.ts';
import { Dependencies } from './watch.ts';

/** The options of `TestRecorder`. */
export interface RecorderOptions {
  /** Path of the test file, such as `checkout.test.yaml`. The telemetry is written to files beside it. */
  readonly file: string;
  /** The edge or component at which it is recorded, as in `otelier tap`. */
  readonly edge: string;
  /** What the recorded telemetry enters. Default: what it entered at the edge. */
  readonly target?: RecordTarget;
  /** Paths of the configuration files of the process. */
  readonly config: readonly string[];
  /** Maximum number of items. */
  readonly maxItems: number;
  readonly environment: Environment;
}

/** What a recorder has written. */
export interface Recording {
  readonly items: number;
  /** Paths of the test file and the telemetry files. */
  readonly files: readonly string[];
  /** Why the expected output was not recorded: the test then only counts items. */
  readonly reason: string | undefined;
}

/**
 * Records live requests as a test, with what the pipelines make of them as its expected output. Requests must be masked
 * before they are added.
 */
export class TestRecorder {
  readonly #options: RecorderOptions;
  readonly #requests: TestRequest[] = [];
  #items = 0;
  #startMillis: number | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Number of recorded items. */
  get items(): number {
    return this.#items;
  }

  /** Adds a normalized request, or a part of it, up to the maximum number of items. Returns whether more items fit. */
  add(signal: Signal, request: Uint8Array): boolean {
    const free = this.#options.maxItems - this.#items;
    const bytes = firstItems(signal, request, free);
    if (bytes !== undefined) {
      this.#startMillis ??= systemClock.now();
      this.#requests.push({ signal, bytes });
      this.#items += countItems(signal, bytes);
    }
    return this.#items < this.#options.maxItems;
  }

  /** Adds a request in OTLP/JSON. Throws if it is invalid. */
  addJson(signal: Signal, text: string): boolean {
    const read = requestFromJson(signal, text);
    if (!read.ok) throw new Error(`expected OTLP/JSON, got ${text.slice(0, 60)}: ${read.reason}`);
    return this.add(signal, read.bytes);
  }

  /** Writes the test and its telemetry. Nothing is written if nothing was recorded. */
  async close(): Promise<Recording> {
    if (this.#items === 0) return { items: 0, files: [], reason: undefined };
    const { file, environment } = this.#options;
    const given = siblingOf(file, 'jsonl');
    await writeTelemetryFile(given, this.#requests);
    const { outputs, reason, target } = await this.#outputs();
    const expected = outputs.map((output, index) => ({
      ...output,
      file: siblingOf(file, outputs.length === 1 ? 'expected.jsonl' : `expected-${index + 1}.jsonl`),
    }));
    await writeFile(file, this.#testFile(basename(given), target, expected));
    const files = [file, given];
    if (expected.length === 0) return { items: this.#items, files, reason };
    const options = {
      environment,
      filter: undefined,
      timeoutMillis: RECORD_TIMEOUT_MILLIS,
      coverage: undefined,
      dependencies: new Dependencies(),
    };
    const { errors, tests } = await runFile(file, { ...options, update: true });
    const failure = errors[0]?.message ?? tests[0]?.failures[0]?.message;
    return { items: this.#items, files: [...files, ...expected.map((output) => output.file)], reason: failure };
  }

  /** Returns what the telemetry enters, and the outputs of the pipelines. */
  async #outputs(): Promise<Pick<Recording, 'reason'> & { outputs: readonly TestOutput[]; target: RecordTarget }> {
    const { config: paths, environment, edge, file } = this.#options;
    const failed = (reason: string | undefined) => {
      const target = this.#options.target ?? recordTarget(edge, []);
      return { outputs: [], target, reason };
    };
    if (paths.length === 0) return failed('expected the paths of configuration files, got none');
    const { sources, errors } = await readConfigFiles(paths, environment);
    if (errors.length > 0) return failed(errors[0]?.message);
    const loaded = await loadConfig({ sources, environment, registry });
    if (!loaded.ok) return failed(loaded.errors[0]?.message);
    const target = this.#options.target ?? recordTarget(edge, loaded.config.service.pipelines);
    const resolved = resolveTarget(testOf(target, this.#requests, file), 0, loaded.config);
    if (!resolved.ok) return failed(resolved.errors[0]?.message);
    return { outputs: resolved.outputs, target, reason: undefined };
  }

  #testFile(
    given: string,
    target: RecordTarget,
    expected: readonly (TestOutput & { readonly file: string })[],
  ): string {
    const { file, edge, config } = this.#options;
    const paths = config.map((path) => relative(dirname(file), path) || basename(path));
    const nouns = [...new Set(this.#requests.map(({ signal }) => SIGNALS[signal].itemNoun.many))].join(', ');
    const [key, value] = Object.entries(target)[0] ?? ['pipeline', ''];
    const outputs = expected.map(
      (output) =>
        `      - {exporter: ${quoted(output.exporter)}, pipeline: ${quoted(output.pipeline)}, file: ${quoted(basename(output.file))}}`,
    );
    return [
      `# ${this.#items} ${nouns} recorded by otelier tap. Update the expected items with: otelier test --update`,
      `config: ${JSON.stringify(paths)}`,
      'tests:',
      `  - name: ${quoted(`recorded from ${edge}`)}`,
      `    ${key}: ${JSON.stringify(value)}`,
      `    time: ${quoted(new Date(this.#startMillis ?? 0).toISOString())}`,
      '    given:',
      `      - file: ${quoted(given)}`,
      '    expect:',
      ...(outputs.length === 0 ? [`      - count: ${this.#items}`] : outputs),
      '',
    ].join('\n');
  }
}

/** Returns a test that has no expectations yet. */
function testOf(target: RecordTarget, requests: readonly TestRequest[], source: string): PipelineTest {
  const position = wholeSource(source);
  const named = 'pipeline' in target ? target.pipeline : '';
  const components = 'components' in target ? target.components.map((id) => ({ id, position })) : [];
  return {
    ...{ name: '', position, startMillis: 0, seed: 1, drain: true, outputs: [], dropped: [] },
    target: named === '' ? { kind: 'components', components, position } : { kind: 'pipeline', id: named, position },
    given: [{ kind: 'input', requests, outcome: 'accepted', metadata: {}, position, path: 'given' }],
  };
}

const RECORD_TIMEOUT_MILLIS = 30_000;

/** Returns the first items of a request; `undefined` if there are none. */
function firstItems(signal: Signal, request: Uint8Array, count: number): Uint8Array | undefined {
  const items = countItems(signal, request);
  if (items === 0 || count <= 0) return undefined;
  if (items <= count) return request;
  let item = 0;
  return partitionItems(signal, request, 2, () => (item++ < count ? 0 : 1))[0]?.bytes;
}

/** Returns the path of a file beside the test file: `checkout.jsonl` for `checkout.test.yaml`. */
function siblingOf(file: string, extension: string): string {
  const name = basename(file).replace(/(?:\.test)?\.ya?ml$/, '');
  return join(dirname(file), `${name}.${extension}`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
