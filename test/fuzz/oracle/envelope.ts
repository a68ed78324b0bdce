import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** The envelope definitions from the documentation, so that this decoder shares nothing with ours. */
const page = readFileSync(join(import.meta.dirname, '../../../docs/protocol/websocket.md'), 'utf8');
const [, definitions = ''] = /```proto\n(.*?)```/s.exec(page) ?? [];
const EXPORT = protobuf.parse(definitions).root.lookupType('otelier.websocket.v1.Export');

/** Tag of the export field in `ClientMessage`. */
const EXPORT_TAG = 2 * 8 + 2;

/** Returns the bodies of all export requests in a client message. */
export function exportBodiesIn(message: Uint8Array): readonly Uint8Array[] {
  const bodies: Uint8Array[] = [];
  try {
    for (const reader = protobuf.Reader.create(message); reader.pos < reader.len; ) {
      const tag = reader.uint32();
      if (tag === EXPORT_TAG) bodies.push(EXPORT.toObject(EXPORT.decode(reader.bytes()), { defaults: true })['body']);
      else reader.skipType(tag & 7);
    }
  } catch {
    // The rest is malformed.
  }
  return bodies;
}
