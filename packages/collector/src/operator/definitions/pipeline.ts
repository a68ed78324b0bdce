import { COMPONENT_MAPS, PIPELINE } from './component-maps.ts';
import { choice, DNS_LABEL, list, object, resourceSchema, type Schema, text } from './schema.ts';

const SPEC = object(
  'A pipeline and its components.',
  {
    collectors: list(
      'Names of the `Collector` objects in the namespace that run the pipeline.',
      text('Name of a Collector.', { pattern: DNS_LABEL, maxLength: 52 }),
      { minItems: 1, maxItems: 20, 'x-kubernetes-list-type': 'set' },
    ),
    signal: choice('What the pipeline carries.', ['traces', 'metrics', 'logs', 'profiles']),
    ...COMPONENT_MAPS,
    pipeline: PIPELINE,
  },
  { required: ['collectors', 'signal', 'pipeline'] },
);

/** The schema of `Pipeline` objects. */
export const PIPELINE_SCHEMA: Schema = resourceSchema(
  'A pipeline that is added to the configuration of collectors, as SIGNAL/NAME.',
  SPEC,
  { required: ['spec'] },
);
