/** The `workerData` of the thread that imports a test module. */
export interface ModuleThreadOptions {
  /** Absolute path of the module. */
  readonly file: string;
}

/** The message of the thread: the tests as YAML, or the error. */
export type ModuleMessage = {
  /** Absolute paths of the module and of the modules that it imports, except packages. */
  readonly files: readonly string[];
} & (
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly message: string;
    }
);
