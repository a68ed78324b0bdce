import { requestFromJson, type Signal } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';
import { createJsonCorpus, type JsonSeed } from '../corpus.ts';
import { hostileJson } from '../mutate/hostile-json.ts';
import { mutateJson } from '../mutate/json.ts';
import { checkJson } from '../oracle/json.ts';
import type { FuzzTarget } from '../target.ts';
import { openHttpReceiver } from './http-receiver.ts';
import { openParser, responseOf } from './parser.ts';

/** The OTLP/JSON decoder, without sockets. */
export const json: FuzzTarget = {
  name: 'json',
  what: 'requestFromJson, in this process',
  async open(seed) {
    const corpus = createJsonCorpus(seed);
    return openParser((random) => {
      const { signal, input } = jsonCase(corpus, random);
      return {
        input,
        parse: () => responseOf(requestFromJson(signal, input)),
        check: (response) => checkJson(signal, input, response),
      };
    });
  },
};

/** OTLP/HTTP with JSON encoding. */
export const httpJson: FuzzTarget = {
  name: 'http-json',
  what: 'the otlp receiver, JSON over HTTP',
  async open(seed) {
    const corpus = createJsonCorpus(seed);
    return openHttpReceiver((random) => {
      const { signal, input } = jsonCase(corpus, random);
      return { signal, encoding: 'json', body: input, check: (response) => checkJson(signal, input, response) };
    });
  },
};

/** One in this many inputs is large and maximizes the receiver's work. */
const HOSTILE_ONE_IN = 5_000;

function jsonCase(
  corpus: readonly JsonSeed[],
  random: Random,
): { readonly signal: Signal; readonly input: Uint8Array } {
  const seed = corpus[random(corpus.length)];
  if (seed === undefined) throw new Error('the corpus is empty');
  if (random(HOSTILE_ONE_IN) === 0) return { signal: 'traces', input: hostileJson(random) };
  return { signal: seed.signal, input: mutateJson(seed.text, random) };
}
