import type { Position } from '../../config/config-error.ts';
import type { Conversion } from '../conversion.ts';

/** Thrown for a source that cannot be parsed. */
export class SourceSyntaxError extends Error {
  override readonly name = 'SourceSyntaxError';
  readonly position: Position;

  constructor(position: Position, message: string) {
    super(message);
    this.position = position;
  }
}

/** Returns the result for a source that cannot be parsed. Throws all other errors. */
export function unreadable(error: unknown): Conversion {
  if (!(error instanceof SourceSyntaxError)) throw error;
  const { position, message } = error;
  return { kind: 'unreadable', errors: [{ severity: 'error', position, path: '', message }] };
}
