import { API_VERSION } from '../definitions/custom-resources.ts';
import { type Converted, type ForeignObject, isEmpty, metadataOf, Unsupported } from './converted.ts';

/** Fields that mean the same here. */
const SAME = [
  'defaults',
  'env',
  'exporter',
  'imagePullPolicy',
  'initContainerSecurityContext',
  'java',
  'nodejs',
  'propagators',
  'python',
  'resource',
  'sampler',
];

/** Converts an `Instrumentation` of the OpenTelemetry operator to one of this operator. */
export function convertInstrumentation(foreign: ForeignObject): Converted {
  const unsupported = new Unsupported();
  const entries = Object.entries(foreign.spec ?? {}).filter(([, value]) => !isEmpty(value));
  for (const [name, value] of entries) {
    // The other operator adds an image and resources of all languages.
    const isDefault = Object.keys(value as object).every((field) =>
      /^(image|resource.*|version|config.*)$/.test(field),
    );
    if (!SAME.includes(name) && !(isDefault && typeof value === 'object'))
      unsupported.add(`spec.${name}`, 'the language is not supported');
  }
  const spec = Object.fromEntries(entries.filter(([name]) => SAME.includes(name)));
  const object = { apiVersion: API_VERSION, kind: 'Instrumentation', metadata: metadataOf(foreign), spec };
  return { object, unsupported: unsupported.fields };
}
