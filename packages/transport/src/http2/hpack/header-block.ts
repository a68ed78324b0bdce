import { type HeaderField, quoted } from './header-field.ts';

/** The fields of a decoded block. Immutable; equal bytes return the same object. */
export interface HeaderBlock {
  readonly kind: 'block';
  /** Fields by lower-case name, including pseudo-header fields. Repeated values are in order. Has no prototype. */
  readonly fields: HeaderFields;
  /** Whether the block has pseudo-header fields, which are not allowed in trailers. */
  readonly hasPseudo: boolean;
  /**
   * Why the message is malformed (RFC 9113, 8.1.1), as far as the block alone shows: an unknown, repeated or late
   * pseudo-header field, a name or value with forbidden characters, or a connection-specific field. Which pseudo-header
   * fields are required depends on the message.
   */
  readonly malformed: string | undefined;
}

/** Header values by name. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

/** Collects the fields of one block. Beyond the limit, only counts their size. */
export class HeaderList {
  /** Size as defined by SETTINGS_MAX_HEADER_LIST_SIZE. */
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
    if (this.#hasRegular) return `expected pseudo-header fields first, got ${quoted(name)} after others`;
    return repeated ? `expected one pseudo-header field ${quoted(name)}, got two` : undefined;
  }
}
