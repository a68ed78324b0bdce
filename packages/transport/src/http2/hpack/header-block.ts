import { type HeaderField, shown } from './header-field.ts';

/** The fields of a decoded block. It never changes, and the same object comes again for the same bytes. */
export interface HeaderBlock {
  readonly kind: 'block';
  /** By lower-case name, pseudo-header fields included; values that came several times in their order. No prototype. */
  readonly fields: HeaderFields;
  /** Whether there are pseudo-header fields; trailers must have none. */
  readonly hasPseudo: boolean;
  /**
   * Why the message is malformed (RFC 9113, 8.1.1), as far as the block alone shows: a pseudo-header field that is
   * unknown, repeated or late, a name or value with forbidden characters, a field about the connection.
   * Which pseudo-header fields must be there depends on the message.
   */
  readonly malformed: string | undefined;
}

/** Values by name. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

/** Gathers the fields of one block. Beyond the limit it only counts on. */
export class HeaderList {
  /** As SETTINGS_MAX_HEADER_LIST_SIZE counts it. */
  sizeBytes = 0;
  readonly #maxBytes: number;
  readonly #fields: Record<string, string | string[]> = Object.create(null);
  #hasPseudo = false;
  #hasRegular = false;
  #malformed: string | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.sizeBytes === 0;
  }

  get isTooLarge(): boolean {
    return this.sizeBytes > this.#maxBytes;
  }

  add(field: HeaderField): void {
    this.sizeBytes += field.sizeBytes;
    if (this.isTooLarge) return;
    const { name, value } = field;
    const before = this.#fields[name];
    this.#malformed ??=
      field.fieldError ?? (field.isPseudo ? this.#positionError(name, before !== undefined) : undefined);
    if (field.isPseudo) this.#hasPseudo = true;
    else this.#hasRegular = true;
    if (before === undefined) this.#fields[name] = value;
    else if (typeof before === 'string') this.#fields[name] = [before, value];
    else before.push(value);
  }

  end(): HeaderBlock {
    return { kind: 'block', fields: this.#fields, hasPseudo: this.#hasPseudo, malformed: this.#malformed };
  }

  #positionError(name: string, repeated: boolean): string | undefined {
    if (this.#hasRegular) return `the pseudo-header field ${shown(name)} comes after other fields`;
    return repeated ? `the pseudo-header field ${shown(name)} comes twice` : undefined;
  }
}
