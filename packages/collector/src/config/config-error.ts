/** A position in a configuration: the source (a file, `--set` or `built in`), line and column. */
export interface Position {
  readonly source: string;
  /** 1-based. Line and column are 0 if the position is the entire source. */
  readonly line: number;
  readonly column: number;
}

/** Returns the position of an entire source. */
export function wholeSource(source: string): Position {
  return { source, line: 0, column: 0 };
}

/** An error or warning about a configuration. Errors prevent the service from starting. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly position: Position;
  /** Path in the configuration: `processors.batch.timeout`. */
  readonly path: string;
  /** The expected and the actual value, without secrets. */
  readonly message: string;
}

/** Formats a configuration error as one line: `FILE:LINE:COLUMN: path: expected …, got …`. */
export function formatConfigError({ position, path, message, severity }: Diagnostic): string {
  const place = `${position.source}:${position.line === 0 ? '' : `${position.line}:${position.column}:`} `;
  const start = path === '' ? '' : `${truncate(path, MAX_PATH_LENGTH)}: `;
  return `${place}${start}${severity === 'warning' ? 'warning: ' : ''}${truncate(message, MAX_MESSAGE_LENGTH)}`;
}

const MAX_PATH_LENGTH = 300;
const MAX_MESSAGE_LENGTH = 1_500;

/** Truncates a string and puts it on a single line. */
function truncate(text: string, length: number): string {
  const cut = text.length > length ? `${text.slice(0, length)}…` : text;
  return cut.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** Thrown when a configuration is invalid. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly errors: readonly Diagnostic[];

  constructor(errors: readonly Diagnostic[]) {
    super(errors.map(formatConfigError).join('\n'));
    this.errors = errors;
  }
}

/** Formats a path, quoting keys that contain dots or spaces. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += `${text === '' ? '' : '.'}${/^[\w/-]+$/.test(key) ? key : JSON.stringify(key)}`;
  }
  return text;
}
