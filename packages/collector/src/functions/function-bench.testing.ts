import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestToJson, type Signal } from '@otelier/otlp';
import { type BenchOptions, type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { batchOf } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport/clock';
import type { Definition } from '../component/define.ts';
import { functionProcessor } from '../processors/function.ts';

/** A directory with modules of the user. */
export interface ModuleDirectory {
  readonly path: string;
  /** Returns the path of a file in the directory. */
  file(name: string): string;
  /** Saves a file as editors do: writes a new one and renames it. */
  save(name: string, text: string): Promise<string>;
}

/** Runs a test in a temporary directory. */
export async function withModules(run: (directory: ModuleDirectory) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'otelier-functions-'));
  const file = (name: string) => join(path, name);
  try {
    await run({
      path,
      file,
      async save(name, text) {
        await writeFile(file(`${name}.tmp`), text);
        await rename(file(`${name}.tmp`), file(name));
        return file(name);
      },
    });
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** Runs a test with a started `function` processor for a module that exports `tested`. */
export async function withFunction(
  signal: Signal,
  module: string,
  run: (bench: ComponentBench, directory: ModuleDirectory) => Promise<void>,
  { config = {}, ...options }: BenchOptions = {},
): Promise<void> {
  const used = { clock: systemClock, ...options, signals: [signal] };
  await withComponent(functionProcessor, module, (file) => ({ file, function: 'tested', ...config }), run, used);
}

/** Runs a test with a started component that uses a module of the user, whose path `configOf` gets. */
export async function withComponent(
  definition: Definition,
  module: string,
  configOf: (file: string) => Readonly<Record<string, unknown>>,
  run: (bench: ComponentBench, directory: ModuleDirectory) => Promise<void>,
  options: Omit<BenchOptions, 'config'> = {},
): Promise<void> {
  await withModules(async (directory) => {
    const file = await directory.save('functions.ts', module);
    const bench = await createComponentBench(definition, { config: configOf(file), ...options });
    try {
      await bench.start();
      await run(bench, directory);
    } finally {
      await bench.close();
    }
  });
}

/** Sends spans with these names and returns the names of those that remain. */
export async function sendSpans(bench: ComponentBench, ...names: string[]): Promise<readonly string[]> {
  const before = bench.received.length;
  const spans = names.map((name) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    name,
  }));
  const outcome = await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
  return bench.received
    .slice(before)
    .flatMap(({ parts }) => parts.map((part) => requestToJson('traces', part)))
    .flatMap((json) => [...json.matchAll(/"name":"([^"]+)"/g)].map(([, name = '']) => name));
}

/** Waits for a log record with this message. */
export async function untilLogged(bench: ComponentBench, message: string, count = 1): Promise<Record<string, unknown>> {
  for (;;) {
    const found = bench.logs.filter(({ msg }) => msg === message);
    const last = found[count - 1];
    if (last !== undefined) return last;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until a condition holds. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}
