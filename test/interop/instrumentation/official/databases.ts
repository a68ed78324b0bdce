import { createRequire } from 'node:module';
import type { Document } from 'mongodb';
import { instrumentIoredis } from '../../../../packages/sdk/src/instrumentation/database/ioredis.ts';
import { instrumentMongodb } from '../../../../packages/sdk/src/instrumentation/database/mongodb.ts';
import { instrumentMysql2 } from '../../../../packages/sdk/src/instrumentation/database/mysql2.ts';
import { instrumentKafkajs } from '../../../../packages/sdk/src/instrumentation/messaging/kafkajs.ts';
import type { Program } from './program.ts';

// The official instrumentations follow `require`.
const require = createRequire(import.meta.url);

/** A program that queries MySQL with `mysql2`. */
export const MYSQL2: Program = {
  hasParent: true,
  async run({ isOurs, options, server, step, hide, after }) {
    const mysql2 = require('mysql2') as typeof import('mysql2');
    const { createConnection } = require('mysql2/promise') as typeof import('mysql2/promise');
    if (isOurs) after(instrumentMysql2(mysql2, options));
    hide(server, 'PORT');
    const client = await createConnection({ host: '127.0.0.1', port: Number(server), user: 'root', database: 'test' });
    after(() => client.end());
    await client.query('drop table if exists pets');
    await client.query('create table pets (id int primary key, name varchar(20))');
    await step('insert', () => client.query("insert into pets values (1, 'secret')"));
    await step('query with values', () => client.query('select * from pets where name = ?', ['secret']));
    await step('prepared statement', () => client.execute('select name from pets where id = ?', [1]));
    await step('unknown table', () => client.query('select * from missing').catch(() => {}));
    await step('transaction', async () => {
      await client.beginTransaction();
      await client.query('delete from pets');
      await client.commit();
    });
  },
};

/** A program that uses Redis with `ioredis`. */
export const IOREDIS: Program = {
  hasParent: true,
  async run({ isOurs, options, server, step, hide, after }) {
    const ioredis = require('ioredis') as typeof import('ioredis');
    if (isOurs) after(instrumentIoredis(ioredis, options));
    hide(server, 'PORT');
    const redis = new ioredis.Redis(Number(server), '127.0.0.1');
    after(() => redis.disconnect());
    await redis.flushall();
    await step('set', () => redis.set('secret key', 'secret'));
    await step('hash', () => redis.hset('hash', 'secret field', 'secret'));
    await step('error', () => redis.incr('secret key').catch(() => {}));
    await step('pipeline', () => redis.pipeline().get('secret key').get('other').exec());
    await step('transaction', () => redis.multi().incr('n').incr('n').exec());
    await step('script', () => redis.eval('return ARGV[1]', 0, 'secret'));
  },
};

/** A program that uses MongoDB with its own driver. */
export const MONGODB: Program = {
  hasParent: true,
  async run({ isOurs, options, server, step, hide, after }) {
    const mongodb = require('mongodb') as typeof import('mongodb');
    if (isOurs) after(instrumentMongodb(mongodb, options));
    hide(server, 'PORT');
    const address = `mongodb://127.0.0.1:${server}/?directConnection=true`;
    const client = new mongodb.MongoClient(address, { maxPoolSize: 1, serverSelectionTimeoutMS: 5_000 });
    after(() => client.close());
    const pets = client.db('shop').collection<Document & { _id: number }>('pets');
    await pets.deleteMany({});
    await step('insert', () =>
      pets.insertMany([
        { _id: 1, name: 'secret' },
        { _id: 2, name: 'b' },
      ]),
    );
    await step('find', () => pets.find({ name: 'secret' }).toArray());
    await step('two batches', () => pets.find({}, { batchSize: 1 }).toArray());
    await step('update', () => pets.updateOne({ name: 'secret' }, { $set: { name: 'c' } }));
    await step('aggregate', () => pets.aggregate([{ $match: { name: 'secret' } }]).toArray());
    await step('duplicate', () => pets.insertOne({ _id: 1, name: 'secret' }).catch(() => {}));
    await step('unknown command', () =>
      client
        .db('shop')
        .command({ noSuchCommand: 'pets' })
        .catch(() => {}),
    );
  },
};

/** A program that sends and receives messages of Kafka with `kafkajs`. `server` is an address and a topic. */
export const KAFKAJS: Program = {
  hasParent: true,
  async run({ isOurs, options, server, step, hide, after }) {
    const kafkajs = require('kafkajs') as typeof import('kafkajs');
    if (isOurs) after(instrumentKafkajs(kafkajs, options));
    const [address = '', topic = ''] = server.split(' ');
    hide(`${topic}-group`, 'GROUP');
    hide(topic, 'TOPIC');
    const logLevel = kafkajs.logLevel.NOTHING;
    const kafka = new kafkajs.Kafka({ clientId: 'test', brokers: [address], logLevel });
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    after(() => producer.disconnect());
    await step('send', () => producer.send({ topic, messages: [{ key: 'k', value: 'v', partition: 0 }] }));
    await step('send a batch', () =>
      producer.sendBatch({
        topicMessages: [
          {
            topic,
            messages: [
              { value: 'a', partition: 0 },
              { value: null, key: 'b', partition: 0 },
            ],
          },
        ],
      }),
    );
    const consumer = kafka.consumer({ groupId: `${topic}-group`, sessionTimeout: 6_000, heartbeatInterval: 500 });
    await consumer.connect();
    after(() => consumer.disconnect());
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await step('process each message', async () => {
      let left = 3;
      await new Promise<void>((resolve) => {
        void consumer.run({
          async eachMessage() {
            if (--left === 0) resolve();
          },
        });
      });
    });
  },
};
