import { Buffer } from 'node:buffer';
import {
  type FieldDescriptor,
  MESSAGES,
  type MessageDescriptor,
  type MessageName,
  REQUEST_MESSAGES,
  type ScalarField,
} from '@otelier/otlp';
import fc from 'fast-check';
import type { RequestJson } from '../request-codec.ts';

/**
 * Returns an arbitrary for requests with any contents that the descriptors allow: optional fields, short lists, extreme
 * values (any number as an enum, NaN, all 64-bit integers) and nested attributes. Requests have the structure of
 * OTLP/JSON, as accepted by `encodeRequest`, except that doubles that JSON cannot represent are numbers.
 */
export function arbitraryRequest<S extends keyof RequestJson>(signal: S): fc.Arbitrary<RequestJson[S]> {
  const message = REQUEST_MESSAGES[signal];
  if (message === undefined) throw new Error(`no descriptors of ${signal}`);
  return arbitraries[message.name] as fc.Arbitrary<RequestJson[S]>;
}

type Fields = Record<string, unknown>;
type Tie = fc.LetrecTypedTie<Record<MessageName, Fields>>;

const arbitraries = fc.letrec<Record<MessageName, Fields>>((tie) => {
  const all = Object.values(MESSAGES).map((message) => [message.name, arbitraryMessage(message, tie)] as const);
  return Object.fromEntries(all) as Record<MessageName, fc.Arbitrary<Fields>>;
});

function arbitraryMessage(message: MessageDescriptor, tie: Tie): fc.Arbitrary<Fields> {
  const plain = message.fields.filter((field) => field.oneof === undefined);
  const record = fc.record(
    Object.fromEntries(
      plain.map((field): [string, fc.Arbitrary<unknown>] => [field.jsonName, arbitraryField(field, tie)]),
    ),
    { requiredKeys: [] },
  );
  const oneofs = Map.groupBy(
    message.fields.filter((field) => field.oneof !== undefined),
    (field) => field.oneof,
  );
  const chosen = [...oneofs.values()].map((members) => fc.option(arbitraryMember(members, tie), { nil: {} }));
  return fc.tuple(record, ...chosen).map((parts) => Object.assign({}, ...parts));
}

/**
 * Returns an arbitrary for one oneof field. Values are nested only through oneofs, so the recursion ends here: the
 * first field is a leaf.
 */
function arbitraryMember(members: readonly FieldDescriptor[], tie: Tie): fc.Arbitrary<Fields> {
  return fc.oneof(
    { maxDepth: 4, depthIdentifier: 'oneof' },
    ...members.map((field) => arbitraryField(field, tie).map((value): Fields => ({ [field.jsonName]: value }))),
  );
}

function arbitraryField(field: FieldDescriptor, tie: Tie): fc.Arbitrary<unknown> {
  const one = field.kind === 'message' ? tie(field.message) : arbitraryScalar(field);
  return field.repeated ? fc.array(one as fc.Arbitrary<unknown>, { maxLength: 3 }) : one;
}

function arbitraryScalar(field: ScalarField): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 40 });
    case 'bytes':
      return arbitraryBytes(field.idBytes);
    case 'bool':
      return fc.boolean();
    case 'double':
      return fc.double();
    case 'fixed64':
    case 'uint64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
    case 'int64':
    case 'sfixed64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
    case 'fixed32':
    case 'uint32':
      return fc.nat({ max: 0xffff_ffff });
    default:
      return fc.integer();
  }
}

function arbitraryBytes(idBytes: number | undefined): fc.Arbitrary<string> {
  if (idBytes === undefined) {
    return fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  }
  const id = fc.uint8Array({ minLength: idBytes, maxLength: idBytes });
  return fc.oneof(id, fc.constant(new Uint8Array(0))).map((bytes) => Buffer.from(bytes).toString('hex'));
}
