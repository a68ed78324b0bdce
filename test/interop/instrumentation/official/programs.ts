import { IOREDIS, KAFKAJS, MONGODB, MYSQL2 } from './databases.ts';
import type { Program } from './program.ts';
import { WEB } from './web.ts';

/** The programs by name. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  ...WEB,
  mysql2: MYSQL2,
  ioredis: IOREDIS,
  mongodb: MONGODB,
  kafkajs: KAFKAJS,
};
