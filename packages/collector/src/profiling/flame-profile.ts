import type { FlameProfile, FlameRequest, PipelineGraph } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import { addStack, childOf, createGroup, type Flame, type StackValue } from './flame-tree.ts';
import { heapRecorder, heapStacks } from './heap-profile.ts';
import { createClassifier } from './owners.ts';
import { type CallFrame, stackTimes } from './stacks.ts';
import { cpuRecorder, recordThreads } from './threads.ts';

/** Average time between the samples of a CPU profile. */
const INTERVAL_MICROS = 1000;
/** Functions beyond this number are left out, the smallest first. */
const MAX_FRAMES = 4000;

/**
 * Records a profile of all threads and returns it as a flame graph: the components, and below each one the functions
 * whose time or memory is attributed to it. Throws a `ProfilerBusyError` while another profile is made.
 */
export async function flameProfile(
  { kind, seconds }: FlameRequest,
  graph: () => PipelineGraph,
  clock: Clock,
  abort: AbortSignal,
): Promise<FlameProfile> {
  const options = { millis: seconds * 1000, clock, abort };
  if (kind === 'cpu') {
    const { threads, ...rest } = await recordThreads(options, cpuRecorder(INTERVAL_MICROS));
    const stacks = threads.flatMap(({ result }) => stackTimes(result));
    const values = stacks.map(({ stack, micros }) => ({ stack, value: micros * 1000 }));
    return { kind, unit: 'nanoseconds', ...rest, ...drawn(values, graph()) };
  }
  const { threads, ...rest } = await recordThreads(options, heapRecorder);
  return {
    kind,
    unit: 'bytes',
    ...rest,
    ...drawn(
      threads.flatMap(({ result }) => heapStacks(result)),
      graph(),
    ),
  };
}

type Drawn = Pick<FlameProfile, 'total' | 'owners' | 'functions' | 'frames' | 'omittedFrames'>;

/** Returns the flame graph of stacks in columns, every frame followed by what it called. */
function drawn(stacks: readonly StackValue[], graph: PipelineGraph): Drawn {
  const classify = createClassifier(graph);
  const root = createGroup('');
  const components = new Map<string, boolean>();
  for (const stack of stacks) {
    const { key, components: own } = classify(stack.stack);
    components.set(key, own.length > 0);
    root.value += stack.value;
    addStack(
      childOf(root, key, () => createGroup(key, key)),
      stack,
      classify,
    );
  }
  const threshold = shownFrom(root);
  const owners = new Columns<{ readonly name: string; readonly isComponent: boolean }>();
  const functions = new Columns<FlameProfile['functions'][number]>();
  const frames: Record<keyof Drawn['frames'], number[]> = { parents: [], functions: [], owners: [], values: [] };
  let omittedFrames = 0;
  const write = (flame: Flame, parent: number): void => {
    if (flame.value < threshold || frames.parents.length >= MAX_FRAMES) {
      omittedFrames += 1;
      return;
    }
    const place = placeOf(flame);
    const index = frames.parents.length;
    frames.parents.push(parent);
    frames.functions.push(functions.add(`${place.name} ${place.file}:${place.line}`, place));
    const isComponent = components.get(flame.owner) ?? false;
    frames.owners.push(owners.add(flame.owner, { name: flame.owner, isComponent }));
    frames.values.push(flame.value);
    for (const child of largestFirst(flame)) write(child, index);
  };
  for (const child of largestFirst(root)) write(child, -1);
  return { total: root.value, owners: owners.values, functions: functions.values, frames, omittedFrames };
}

/** Returns the smallest value of the frames that are shown, so that none is shown without its caller. */
function shownFrom(root: Flame): number {
  const values: number[] = [];
  const pending = [...root.children.values()];
  for (let flame = pending.pop(); flame !== undefined; flame = pending.pop()) {
    values.push(flame.value);
    pending.push(...flame.children.values());
  }
  return values.toSorted((a, b) => b - a)[MAX_FRAMES - 1] ?? 0;
}

function largestFirst(flame: Flame): readonly Flame[] {
  return [...flame.children.values()].toSorted((a, b) => b.value - a.value);
}

function placeOf({ frame, label }: Flame): FlameProfile['functions'][number] {
  return { name: label, file: frame === undefined ? '' : shortFile(frame), line: (frame?.lineNumber ?? -1) + 1 };
}

/** Returns the path of a file below the packages, without the place where otelier is installed. */
function shortFile({ url }: CallFrame): string {
  return /(?:packages|node_modules)\/((?!.*\/node_modules\/).*)$/.exec(url)?.[1] ?? url.split('/').slice(-2).join('/');
}

/** Distinct values with their index. */
class Columns<T> {
  readonly values: T[] = [];
  readonly #indexes = new Map<string, number>();

  add(key: string, value: T): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}
