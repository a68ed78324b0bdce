import { recordedServer, testOfficial } from './official.testing.ts';

// A packet has its length in three bytes, and a number.
const framing = (bytes: Buffer) => (bytes.length < 4 ? undefined : 4 + bytes.readUIntLE(0, 3));
testOfficial('mysql2', recordedServer(import.meta.filename, framing));
