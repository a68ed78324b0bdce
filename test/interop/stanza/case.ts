/** Lines of a log file and how they are read. */
export interface StanzaCase {
  readonly name: string;
  /** Contents of the file; bytes are given in `latin1`. */
  readonly input: string;
  readonly encoding?: 'latin1';
  /** Options of the receiver. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly operators?: readonly Readonly<Record<string, unknown>>[];
  /** Name of the file. Default `app.log`. */
  readonly file?: string;
}

/** Returns a case for each configuration, which all read the same lines. */
export function each(
  group: string,
  input: string,
  configurations: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>,
): StanzaCase[] {
  return Object.entries(configurations).map(([name, operators]) => ({ name: `${group}: ${name}`, input, operators }));
}
