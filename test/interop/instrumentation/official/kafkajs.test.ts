import { kafkaAddress } from '../kafka.testing.ts';
import { testOfficial } from './official.testing.ts';

testOfficial('kafkajs', async (t, isOurs) => {
  const topic = `compared-${isOurs ? 'ours' : 'official'}-${process.pid}`;
  return `${await kafkaAddress(t, topic)} ${topic}`;
});
