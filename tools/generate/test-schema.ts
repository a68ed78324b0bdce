import { userJsonSchema } from 'otelier';
import { testFileSchema } from '../../packages/collector/src/cli/test/file/schema.ts';

/** Returns the JSON Schema of a file with pipeline tests, for completion and validation in editors. */
export function testSchema(): Record<string, unknown> {
  const { properties, ...schema } = userJsonSchema(testFileSchema);
  const file = { type: 'string', description: 'Path of a configuration file, relative to the test file.' };
  const config = {
    description: 'Configuration files, relative to the test file, or a configuration.',
    anyOf: [file, { type: 'array', items: file }, { $ref: './otelier.schema.json' }],
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Pipeline tests of otelier',
    ...schema,
    properties: { ...(properties as object), config },
  };
}
