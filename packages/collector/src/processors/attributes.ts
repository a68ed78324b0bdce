import {
  AttributeEditor,
  type BatchContext,
  DATA_POINT_FIELDS,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  metricKindOf,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { compileAction, planOf, warnOfMissingContexts } from '../attributes/actions.ts';
import { type AttributeAction, attributeActionsField } from '../attributes/field.ts';
import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { compileMatch } from '../match/items.ts';
import { matchIssues, matchPropertiesField } from '../match/properties.ts';

export const attributes = defineRewriter({
  summary: 'Modifies attributes of spans, data points and log records.',
  stability: 'beta',
  keepsNoBytes: true,
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    actions: attributeActionsField('each item'),
    include: matchPropertiesField('Items to process. Without it, all items are processed.'),
    exclude: matchPropertiesField('Items to leave unchanged.'),
  }),
  examples: [
    {
      title: 'Set the environment and hash the user ID',
      config: {
        actions: [
          { key: 'deployment.environment.name', value: 'production', action: 'insert' },
          { key: 'enduser.id', action: 'hash' },
          { key: 'http.request.header.authorization', action: 'delete' },
        ],
      },
    },
    {
      title: 'Extract the order ID from the path, for one service',
      config: {
        include: { match_type: 'strict', resources: [{ key: 'service.name', value: 'shop' }] },
        actions: [{ key: 'url.path', pattern: '^/orders/(?P<order_id>\\d+)', action: 'extract' }],
      },
    },
  ],
  describe: ({ actions }) => formatCount(actions.length, 'action'),
  check: (config, { signals }) => matchIssues(config, signals),
  hooks({ actions, include, exclude }, { signal, logger }) {
    warnOfMissingContexts(actions, logger);
    const matches = compileMatch({ include, exclude }, signal);
    const change = changeOf(actions);
    const attributesField = ATTRIBUTES_FIELD[signal];
    return {
      item(cursor, batch) {
        if (matches === undefined || matches(cursor)) change(cursor, attributesField(cursor.dataField), batch);
        return 'keep';
      },
    };
  },
});

type Change = (cursor: ItemCursor, attributesField: number, context: BatchContext) => void;

function changeOf(actions: readonly AttributeAction[]): Change {
  const plan = planOf(actions);
  if (plan !== undefined)
    return ({ bytes, view, start, end, splices }, field) => plan.record(bytes, view, start, end, field, splices);
  const edits = actions.map(compileAction);
  const editor = new AttributeEditor();
  return ({ bytes, start, end, splices }, field, context) => {
    editor.reset(bytes, start, end, field);
    for (const edit of edits) edit(editor, context);
    editor.record(splices);
  };
}

const ATTRIBUTES_FIELD = {
  traces: () => SPAN_FIELDS.attributes,
  metrics: (dataField: number) => DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes,
  logs: () => LOG_RECORD_FIELDS.attributes,
};
