import { list, object, type Schema, text } from './schema.ts';

/** The name of a component: a type, and a name after a slash. */
const COMPONENT_ID = '^[a-zA-Z][a-zA-Z0-9_]{0,62}(/[^/ ]+)?$';

/** Returns the schema of components by ID, whose configurations the operator checks. */
export function componentMap(description: string): Schema {
  return {
    type: 'object',
    description,
    maxProperties: 100,
    additionalProperties: { type: 'object', nullable: true, 'x-kubernetes-preserve-unknown-fields': true },
  };
}

/** Sections of components that a configuration has. */
export const COMPONENT_MAPS = {
  receivers: componentMap('Receivers by ID.'),
  processors: componentMap('Processors by ID.'),
  exporters: componentMap('Exporters by ID.'),
  connectors: componentMap('Connectors by ID.'),
} as const;

/** Returns a list of component IDs. */
export function componentIds(description: string, keywords: Schema = {}): Schema {
  return list(description, text('ID of a component.', { pattern: COMPONENT_ID, maxLength: 1087 }), keywords);
}

/** The components of a pipeline, in their order. */
export const PIPELINE = object(
  'The components that telemetry passes.',
  {
    receivers: componentIds('Where telemetry comes from.', { minItems: 1 }),
    processors: componentIds('What processes it, in this order.'),
    exporters: componentIds('Where it goes to.', { minItems: 1 }),
  },
  { required: ['receivers', 'exporters'] },
);
