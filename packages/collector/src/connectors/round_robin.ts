import { defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';

export const roundRobin = defineConnector({
  summary: 'Sends each batch to one of several pipelines, in turn.',
  stability: 'beta',
  aliases: ['roundrobin'],
  emits: 'received',
  joins: { traces: ['traces'], metrics: ['metrics'], logs: ['logs'] },
  config: z.object({}),
  examples: [{ title: 'Share the load of pipelines that use it as receiver', config: {} }],
  create(_config, { byPipeline }) {
    const consumers = [...byPipeline.values()].map(({ consumer }) => consumer);
    let turn = -1;
    return {
      consume(batch) {
        turn = (turn + 1) % consumers.length;
        const consumer = consumers[turn];
        if (consumer === undefined)
          throw new Error('expected pipelines; the configuration check should have reported it');
        return consumer.consume(batch);
      },
    };
  },
});
