/** A statement for a ClickHouse server, with settings that apply to it. */
export interface ClickHouseStatement {
  readonly text: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A connection to the servers of a ClickHouse database. */
export interface ClickHouseConnection {
  /** The servers, without credentials. */
  readonly name: string;
  /** Runs a statement and streams the response. Throws `ClickHouseError`. */
  read(statement: ClickHouseStatement, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  close(): void;
}

/** A statement that the server did not run, or did not complete. */
export class ClickHouseError extends Error {
  override readonly name = 'ClickHouseError';
  /** The code of ClickHouse, if a server responded with one. */
  readonly code: number | undefined;
  /** Whether no server responded. */
  readonly isUnreachable: boolean;

  constructor(
    message: string,
    { code, isUnreachable = false }: { readonly code?: number | undefined; readonly isUnreachable?: boolean } = {},
  ) {
    super(message);
    this.code = code;
    this.isUnreachable = isUnreachable;
  }
}
