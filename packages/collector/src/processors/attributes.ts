import { AttributeEditor, DATA_POINT_FIELDS, LOG_RECORD_FIELDS, metricKindOf, SPAN_FIELDS } from '@otelier/otlp';
import { attributeActionsField, compileAction } from '../component/attribute-actions.ts';
import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { evaluationContext } from '../ottl/evaluation-context.ts';
import { compileMatch, matchPropertiesField } from '../ottl/match-properties.ts';
import { Subject } from '../ottl/record/subject.ts';

export const attributes = defineRewriter({
  summary: 'Modifies attributes of spans, data points and log records.',
  stability: 'beta',
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
        include: { match_type: 'strict', services: ['shop'] },
        actions: [{ key: 'url.path', pattern: '^/orders/(?P<order_id>\\d+)', action: 'extract' }],
      },
    },
  ],
  describe: ({ actions }) => formatCount(actions.length, 'action'),
  hooks({ actions, include, exclude }, context) {
    if (actions.length === 0) return {};
    const edits = actions.map(compileAction);
    const matches = compileMatch(include, exclude, CONDITION_CONTEXT[context.signal]);
    const editor = new AttributeEditor();
    const subject = new Subject(evaluationContext(context));
    return {
      item(cursor, batch) {
        const { bytes, start, end, dataField, splices } = cursor;
        if (matches !== undefined && !matches(subject.moveToItem(cursor))) return 'keep';
        editor.reset(bytes, start, end, ATTRIBUTES_FIELD[context.signal](dataField));
        for (const edit of edits) edit(editor, batch);
        editor.record(splices);
        return 'keep';
      },
    };
  },
});

const CONDITION_CONTEXT = { traces: 'span', metrics: 'datapoint', logs: 'log' } as const;

const ATTRIBUTES_FIELD = {
  traces: () => SPAN_FIELDS.attributes,
  metrics: (dataField: number) => DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes,
  logs: () => LOG_RECORD_FIELDS.attributes,
};
