import { ROOT_CONTEXT } from '@opentelemetry/api';
import type * as light from '@otelier/sdk';
import type { Sdk } from './sdks.ts';

/** Records one item per signal under a resource. */
async function recordUnder(sdk: Sdk, resource?: light.Attributes): Promise<void> {
  const options = resource === undefined ? {} : { resource };
  const time: [number, number] = [1_800_000_000, 0];
  sdk.tracers(options).getTracer('app').startSpan('one', { startTime: time }, ROOT_CONTEXT).end(time);
  sdk
    .loggers(options)
    .getLogger('app')
    .emit({ body: 'one', timestamp: time, observedTimestamp: time, context: ROOT_CONTEXT });
  sdk.meters(options).getMeter('app').createCounter('one').add(1, {}, ROOT_CONTEXT);
  await sdk.flush();
}

/** Programs that export each signal's resource. */
export const RESOURCE_SCENARIOS: Readonly<Record<string, (sdk: Sdk) => Promise<void>>> = {
  'nothing said': (sdk) => recordUnder(sdk),

  'nothing in it': (sdk) => recordUnder(sdk, {}),

  'a name and more': (sdk) => recordUnder(sdk, { 'service.name': 'shop', 'service.version': '7', 'host.name': 'a' }),

  'what is there by default said otherwise': (sdk) =>
    recordUnder(sdk, { 'telemetry.sdk.name': 'own', 'service.name': '' }),

  'values of every kind': (sdk) =>
    recordUnder(sdk, {
      text: 'grün',
      'text empty': '',
      integer: 7,
      double: 0.5,
      yes: true,
      'list of text': ['a', 'b'],
      'list of numbers': [1, 0.5],
      'list of flags': [true, false],
      'list empty': [],
      'list with gaps': ['a', undefined],
      'list mixed': ['a', 1],
      nothing: undefined,
      null: null,
      map: { a: 1 },
      function: () => {},
      big: 1n,
      '': 'without a key',
    }),

  async 'what is detected'(sdk) {
    await recordUnder(sdk, await sdk.detect());
  },
};
