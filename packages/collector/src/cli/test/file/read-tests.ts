import { isAbsolute, join } from 'node:path';
import type { Signal } from '@otelier/otlp';
import { type Diagnostic, formatPath, type Position } from '../../../config/config-error.ts';
import { positionOf, type Tree } from '../../../config/tree.ts';
import { withAbsentFields } from '../compare/absent.ts';
import { itemsOf } from '../telemetry/item.ts';
import { readTelemetryFile } from '../telemetry/telemetry-file.ts';
import type { Path } from '../telemetry/write-json.ts';
import { ITEM_LISTS, type ListedSignal, writeItems, writeRequest } from '../telemetry/write-requests.ts';
import { errorAt, type ReadContext, type TestFileValue } from './context.ts';
import type {
  ExpectedDrops,
  ExpectedItem,
  ExpectedOutput,
  Named,
  PipelineTest,
  TestRequest,
  TestStep,
  TestTarget,
} from './model.ts';
import { TARGET_KEYS } from './schema.ts';

type TestValue = TestFileValue['tests'][number];
type StepValue = TestValue['given'][number];
type OutputValue = TestValue['expect'][number];

/** Reads the tests of a file, and the telemetry that they send and expect. `tree` is the list of tests. */
export async function readTests(
  values: readonly TestValue[],
  tree: Tree,
  context: ReadContext,
): Promise<{ readonly tests: readonly PipelineTest[]; readonly errors: readonly Diagnostic[] }> {
  const errors: Diagnostic[] = [];
  const tests: PipelineTest[] = [];
  for (const [index, value] of values.entries())
    tests.push(await new TestReader(tree, index, context, errors).read(value));
  return { tests, errors };
}

class TestReader {
  readonly #tree: Tree;
  readonly #index: number;
  readonly #context: ReadContext;
  readonly #errors: Diagnostic[];

  constructor(tree: Tree, index: number, context: ReadContext, errors: Diagnostic[]) {
    this.#tree = tree;
    this.#index = index;
    this.#context = context;
    this.#errors = errors;
  }

  async read(value: TestValue): Promise<PipelineTest> {
    const given: TestStep[] = [];
    for (const [index, step] of value.given.entries()) given.push(await this.#step(step, ['given', index]));
    const outputs: ExpectedOutput[] = [];
    for (const [index, output] of value.expect.entries()) outputs.push(await this.#output(output, ['expect', index]));
    return {
      name: value.name,
      position: this.#position(['name']),
      target: this.#target(value),
      startMillis: Date.parse(value.time),
      seed: value.seed,
      drain: value.drain,
      given,
      outputs,
      dropped: this.#dropped(value.dropped),
    };
  }

  #target(value: TestValue): TestTarget {
    const kind = TARGET_KEYS.find((key) => value[key] !== undefined) ?? 'pipeline';
    const position = this.#position([kind]);
    if (kind !== 'components') return { kind, id: value[kind] ?? '', position };
    const components = (value.components ?? []).map(
      (id, index): Named => ({ id, position: this.#position([kind, index]) }),
    );
    return { kind, components, position };
  }

  async #step(value: StepValue, path: Path): Promise<TestStep> {
    if (value.advance !== undefined) return { kind: 'advance', millis: value.advance };
    const metadata = Object.entries(value.metadata).map(([name, values]) => [name.toLowerCase(), [values].flat()]);
    return {
      kind: 'input',
      requests: (await this.#telemetry(value, path)) ?? [],
      outcome: value.outcome,
      metadata: Object.fromEntries(metadata),
      position: this.#position(path),
      path: this.#path(path),
    };
  }

  /** Returns the requests under the one key that a step or output has; `undefined` if it has none. */
  async #telemetry(value: Pick<StepValue, 'file'>, path: Path): Promise<readonly TestRequest[] | undefined> {
    if (value.file !== undefined) return await this.#file(value.file, [...path, 'file']);
    const list = this.#listOf(path);
    if (list !== undefined) {
      const written = writeItems(list.signal, list.tree, this.#fullPath(list.path));
      this.#errors.push(...written.errors);
      return written.bytes === undefined ? [] : [{ signal: list.signal, bytes: written.bytes }];
    }
    const otlp = subtree(this.#tree, [this.#index, ...path, 'otlp']);
    if (otlp === undefined) return undefined;
    const { signal, bytes, errors } = writeRequest(otlp, this.#fullPath([...path, 'otlp']));
    this.#errors.push(...errors);
    return signal === undefined || bytes === undefined ? [] : [{ signal, bytes }];
  }

  #listOf(path: Path): { readonly signal: ListedSignal; readonly tree: Tree; readonly path: Path } | undefined {
    for (const [signal, key] of Object.entries(ITEM_LISTS)) {
      const tree = subtree(this.#tree, [this.#index, ...path, key]);
      if (tree !== undefined) return { signal: signal as ListedSignal, tree, path: [...path, key] };
    }
    return undefined;
  }

  async #file(name: string, path: Path): Promise<readonly TestRequest[]> {
    const isExpected = path[0] === 'expect';
    const file = this.#pathOf(name);
    if (isExpected && this.#context.isUpdate) return [];
    this.#context.dependencies.add(file);
    const read = await readTelemetryFile(file, isExpected);
    if (read.ok) return read.requests;
    const place = read.line === 0 ? file : `${file}:${read.line}`;
    this.#errors.push(errorAt(this.#position(path), this.#path(path), `${read.message}, in ${place}`));
    return [];
  }

  #pathOf(name: string): string {
    return isAbsolute(name) ? name : join(this.#context.directory, name);
  }

  async #output(value: OutputValue, path: Path): Promise<ExpectedOutput> {
    const requests = await this.#telemetry(value, path);
    const named = (key: 'exporter' | 'pipeline'): Named | undefined => {
      const id = value[key];
      return id === undefined ? undefined : { id, position: this.#position([...path, key]) };
    };
    const conditions = (['every', 'any', 'none'] as const).flatMap((quantifier) =>
      value[quantifier].map((text, index) => {
        const place = [...path, quantifier, index];
        return { quantifier, text, position: this.#position(place), path: this.#path(place) };
      }),
    );
    return {
      position: this.#position(path),
      path: this.#path(path),
      exporter: named('exporter'),
      pipeline: named('pipeline'),
      signal: (value.signal as Signal | undefined) ?? this.#listOf(path)?.signal ?? requests?.[0]?.signal,
      items: requests && this.#expectedItems(requests, path),
      file: value.file === undefined ? undefined : this.#pathOf(value.file),
      match: value.match,
      isOrdered: value.ordered,
      count: value.count,
      conditions,
    };
  }

  #expectedItems(requests: readonly TestRequest[], path: Path): ExpectedItem[] {
    const items = requests.flatMap(({ signal, bytes }) => itemsOf(signal, bytes));
    const list = this.#listOf(path);
    const listed = list?.tree.kind === 'list' ? list.tree.items : [];
    // A metric in a list can have several data points, which are the items.
    const trees = listed.flatMap((tree) => Array.from({ length: pointCount(tree) ?? 1 }, () => tree));
    const isListed = trees.length === items.length;
    return items.map((item, index): ExpectedItem => {
      const tree = isListed ? trees[index] : undefined;
      if (tree === undefined) return { ...item, position: this.#position(path) };
      return { ...item, fields: withAbsentFields(item.signal, item.fields, tree), position: tree.at };
    });
  }

  #dropped(value: TestValue['dropped']): ExpectedDrops[] {
    return Object.entries(value).flatMap(([component, expected]): ExpectedDrops[] => {
      const at = (path: Path) => ({ position: this.#position(path), path: this.#path(path) });
      const path = ['dropped', component];
      if (typeof expected === 'number') return [{ component, reason: undefined, items: expected, ...at(path) }];
      return Object.entries(expected).map(([reason, items]) => ({
        component,
        reason,
        items,
        ...at([...path, reason]),
      }));
    });
  }

  #fullPath(path: Path): Path {
    return ['tests', this.#index, ...path];
  }

  #path(path: Path): string {
    return formatPath(this.#fullPath(path));
  }

  #position(path: Path): Position {
    return positionOf(this.#tree, [this.#index, ...path], this.#tree.at);
  }
}

/** Returns the number of data points of a metric; `undefined` if the value has no list of them. */
function pointCount(tree: Tree): number | undefined {
  for (const data of tree.kind === 'map' ? tree.entries.values() : []) {
    const points =
      data.kind === 'map' ? (data.entries.get('data_points') ?? data.entries.get('dataPoints')) : undefined;
    if (points?.kind === 'list') return points.items.length;
  }
  return undefined;
}

/** Returns the value at a path; `undefined` if there is none. */
function subtree(tree: Tree | undefined, path: Path): Tree | undefined {
  let found = tree;
  for (const key of path) {
    if (found?.kind === 'list' && typeof key === 'number') found = found.items[key];
    else found = found?.kind === 'map' ? found.entries.get(String(key)) : undefined;
  }
  return found;
}
