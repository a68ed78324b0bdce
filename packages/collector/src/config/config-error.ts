/** Where something stands: a file (or `--set`, `built in`) and a line, counted from 1. */
export interface Position {
  readonly source: string;
  readonly line: number;
}

/** Something wrong with a configuration. Errors keep the service from starting, warnings do not. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly position: Position;
  /** As users write it: `processors.batch.timeout`. */
  readonly path: string;
  /** What was expected and what came, without a secret. */
  readonly message: string;
}

/** The line that `otelier validate` prints: `FILE:LINE: path: expected …, got …`. */
export function formatConfigError({ position, path, message, severity }: Problem): string {
  const place = `${position.source}:${position.line}: `;
  const start = path === '' ? '' : `${shortened(path, MAX_PATH_LENGTH)}: `;
  return `${place}${start}${severity === 'warning' ? 'warning: ' : ''}${shortened(message, MAX_MESSAGE_LENGTH)}`;
}

const MAX_PATH_LENGTH = 300;
const MAX_MESSAGE_LENGTH = 1_500;

/** One line of bounded length, whatever names a file has. */
function shortened(text: string, length: number): string {
  const cut = text.length > length ? `${text.slice(0, length)}…` : text;
  return cut.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** Thrown where a program starts a service with a configuration that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly errors: readonly Problem[];

  constructor(errors: readonly Problem[]) {
    super(errors.map(formatConfigError).join('\n'));
    this.errors = errors;
  }
}

/** A path as users write it; keys with dots or spaces are quoted. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += `${text === '' ? '' : '.'}${/^[\w/-]+$/.test(key) ? key : JSON.stringify(key)}`;
  }
  return text;
}
