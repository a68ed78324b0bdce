import type { z } from 'zod';
import type { Diagnostic, Position } from '../../../config/config-error.ts';
import type { Dependencies } from '../watch.ts';
import type { testFileSchema } from './schema.ts';

/** The environment variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the tests of a file are read with. */
export interface ReadContext {
  /** The directory to which paths in the test file are relative. */
  readonly directory: string;
  readonly environment: Environment;
  /** Whether files with expected items are written, so that they need not exist. */
  readonly isUpdate: boolean;
  /** Receives the files that the test file depends on, before they are read. */
  readonly dependencies: Dependencies;
}

/** The parsed content of a test file. */
export type TestFileValue = z.output<typeof testFileSchema>;

/** Returns an error at a position. */
export function errorAt(position: Position, path: string, message: string): Diagnostic {
  return { severity: 'error', position, path, message };
}
