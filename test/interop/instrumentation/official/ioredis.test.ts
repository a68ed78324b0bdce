import { framing } from '../../../../packages/sdk/src/instrumentation/database/redis-framing.testing.ts';
import { recordedServer, testOfficial } from './official.testing.ts';

testOfficial('ioredis', recordedServer(import.meta.filename, framing));
