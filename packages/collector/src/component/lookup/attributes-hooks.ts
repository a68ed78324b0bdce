import {
  AttributeEditor,
  type BatchContext,
  DATA_POINT_FIELDS,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  metricKindOf,
  RESOURCE_FIELDS,
  type RewriteHooks,
  SPAN_FIELDS,
  Splices,
} from '@otelier/otlp';
import { z } from '../schema.ts';

const ATTRIBUTES_FIELD = {
  traces: () => SPAN_FIELDS.attributes,
  metrics: ({ dataField }: ItemCursor) => DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes,
  logs: () => LOG_RECORD_FIELDS.attributes,
};

/** Returns the field that selects which attributes are read and set: those of resources, or those of items. */
export function attributesContextField() {
  return z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['resource', 'record']))
    .prefault('resource')
    .describe(
      'Which attributes are read and set: those of the `resource`, or those of the `record` (span, data point or log record).',
    );
}

/** Returns the hooks that edit the attributes of every resource or of every item. */
export function attributesHooks(
  context: 'resource' | 'record',
  signal: keyof typeof ATTRIBUTES_FIELD,
  edit: (editor: AttributeEditor) => void,
): RewriteHooks<BatchContext> {
  const editor = new AttributeEditor();
  if (context === 'resource') {
    const splices = new Splices();
    return {
      resource({ bytes, resourceStart, resourceEnd }) {
        edit(editor.reset(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes));
        splices.clear();
        return editor.record(splices) ? splices.apply(bytes, resourceStart, resourceEnd) : 'keep';
      },
    };
  }
  const fieldOf = ATTRIBUTES_FIELD[signal];
  return {
    item(cursor) {
      edit(editor.reset(cursor.bytes, cursor.start, cursor.end, fieldOf(cursor)));
      editor.record(cursor.splices);
      return 'keep';
    },
  };
}
