import { recordedServer, testOfficial } from './official.testing.ts';

// A message starts with its length.
const framing = (bytes: Buffer) => (bytes.length < 4 ? undefined : bytes.readInt32LE(0));
testOfficial('mongodb', recordedServer(import.meta.filename, framing));
