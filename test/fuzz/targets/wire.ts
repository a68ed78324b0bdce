import { normalizeRequest } from '@otelier/otlp';
import { createCorpus } from '../corpus.ts';
import { wireCase } from '../mutate/wire-case.ts';
import { checkWire } from '../oracle/check.ts';
import type { FuzzTarget } from '../target.ts';
import { openParser, responseOf } from './parser.ts';

/** The protobuf decoder, without sockets. */
export const wire: FuzzTarget = {
  name: 'wire',
  what: 'normalizeRequest, in this process',
  async open(seed) {
    const corpus = createCorpus(seed);
    return openParser((random) => {
      const { signal, input } = wireCase(corpus, random);
      return {
        input,
        parse: () => responseOf(normalizeRequest(signal, input)),
        check: (response) => checkWire(signal, input, response),
      };
    });
  },
};
