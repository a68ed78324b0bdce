import { resolve } from 'node:path';
import { systemClock } from '@otelier/transport/clock';
import { FunctionThread } from './function-thread.ts';
import { displayPath } from './module/display-path.ts';

/** The configuration in a module as JSON, or the errors with their positions. */
export type ConfigModule =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly errors: readonly ConfigModuleError[] };

/** An error of a configuration module. Line and column are 0 if unknown. */
export interface ConfigModuleError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** Loads a configuration from the default export of a module, in a thread of its own. */
export async function loadConfigModule(name: string): Promise<ConfigModule> {
  const thread = new FunctionThread({ file: resolve(name), name, clock: systemClock });
  const load = await thread.load;
  await thread.terminate();
  if (!load.ok) {
    const { file, line, column, message } = load.error;
    const source = file === resolve(name) ? name : displayPath(file);
    return { ok: false, errors: [{ file: source, line, column, path: '', message }] };
  }
  const at = { file: name, line: 0, column: 0 };
  switch (load.config.kind) {
    case 'config':
      return { ok: true, json: load.config.json };
    case 'none': {
      const message = 'expected the default export to be a configuration, such as defineConfig({ … }), got none';
      return { ok: false, errors: [{ ...at, path: '', message }] };
    }
    case 'invalid':
      return { ok: false, errors: load.config.issues.map((issue) => ({ ...at, ...issue })) };
  }
}
