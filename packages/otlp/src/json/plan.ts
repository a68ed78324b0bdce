import { type FieldDescriptor, MESSAGES, type MessageDescriptor, type MessageName } from '../wire/descriptors.ts';
import { sameBytes } from '../wire/find.ts';

/** A field, prepared for the JSON reader. */
export interface PlannedField {
  readonly descriptor: FieldDescriptor;
  /** The field's bit in the set of fields already read. */
  readonly bit: number;
  /** Bits of all members of the field's oneof, or just the field's own bit. */
  readonly excludes: number;
  /** Plan of the field's message type. */
  readonly message: Plan | undefined;
}

/**
 * A message type, prepared for the JSON reader: fields are looked up by the bytes of their names, without creating
 * strings.
 */
export class Plan {
  readonly name: string;
  /** Names grouped by length. Few names have the same length. */
  readonly #byLength: { readonly name: Uint8Array; readonly field: PlannedField }[][] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Registers a field under a name. */
  add(name: string, field: PlannedField): void {
    const bytes = encoder.encode(name);
    const group = this.#byLength[bytes.length];
    if (group === undefined) this.#byLength[bytes.length] = [{ name: bytes, field }];
    else group.push({ name: bytes, field });
  }

  /** Returns the field whose name, in `lowerCamelCase` or `snake_case`, is `[start, end)` of `bytes`. */
  field(bytes: Uint8Array, start: number, end: number): PlannedField | undefined {
    const candidates = this.#byLength[end - start];
    if (candidates === undefined) return undefined;
    for (const { name, field } of candidates) {
      if (sameBytes(bytes, start, name)) return field;
    }
    return undefined;
  }
}

const encoder = new TextEncoder();
const plans = new Map<MessageName, Plan>();

/** Returns the plan of a message type, created on first use. Mutually recursive messages share their plans. */
export function planOf(name: MessageName): Plan {
  const existing = plans.get(name);
  if (existing !== undefined) return existing;
  const plan = new Plan(name);
  plans.set(name, plan);
  const message: MessageDescriptor = MESSAGES[name];
  message.fields.forEach((descriptor, index) => {
    const field: PlannedField = {
      descriptor,
      bit: 1 << index,
      excludes: message.fields.reduce((bits, other, at) => bits | (conflict(descriptor, other) ? 1 << at : 0), 0),
      message: descriptor.kind === 'message' ? planOf(descriptor.message) : undefined,
    };
    plan.add(descriptor.jsonName, field);
    if (descriptor.name !== descriptor.jsonName) plan.add(descriptor.name, field);
  });
  return plan;
}

function conflict(a: FieldDescriptor, b: FieldDescriptor): boolean {
  return a === b || (a.oneof !== undefined && a.oneof === b.oneof);
}
