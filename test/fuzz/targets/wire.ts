import { normalizeRequest } from '@otelier/otlp';
import { createCorpus } from '../corpus.ts';
import { wireCase } from '../mutate/wire-case.ts';
import { judgeWire } from '../oracle/judge.ts';
import type { FuzzTarget } from '../target.ts';
import { answerOf, openParser } from './parser.ts';

/** The door of protobuf, without sockets. */
export const wire: FuzzTarget = {
  name: 'wire',
  what: 'normalizeRequest, in this process',
  async open(seed) {
    const corpus = createCorpus(seed);
    return openParser((random) => {
      const { signal, input } = wireCase(corpus, random);
      return {
        input,
        parse: () => answerOf(normalizeRequest(signal, input)),
        judge: (answer) => judgeWire(signal, input, answer),
      };
    });
  },
};
