import { createCorpus } from '../corpus.ts';
import { wireCase } from '../mutate/wire-case.ts';
import { checkWire } from '../oracle/check.ts';
import type { FuzzTarget } from '../target.ts';
import { openHttpReceiver } from './http-receiver.ts';

/** OTLP/HTTP with protobuf encoding. */
export const http: FuzzTarget = {
  name: 'http',
  what: 'the otlp receiver, protobuf over HTTP',
  async open(seed) {
    const corpus = createCorpus(seed);
    return openHttpReceiver((random) => {
      const { signal, input } = wireCase(corpus, random);
      return { signal, encoding: 'protobuf', body: input, check: (response) => checkWire(signal, input, response) };
    });
  },
};
