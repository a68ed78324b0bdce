import { z } from '../../component/schema.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import { commonFields, expressionField } from '../definition/fields.ts';
import type { OperatorDefinition } from '../definition/operator.ts';
import type { Entry } from '../entry/entry.ts';
import { compileCondition } from '../expression/compile.ts';
import { attributeTemplates } from '../expression/template.ts';

const outputs = z.union([z.string().transform((id) => [id]), z.array(z.string())]);
const config = z.object({
  ...commonFields,
  routes: z
    .array(
      z.object({
        expr: expressionField('Condition of the entries for this route.'),
        output: outputs.describe('IDs of the next operators.'),
        attributes: z.record(z.string(), z.string()).prefault({}).describe('Attributes to add.'),
      }),
    )
    .prefault([])
    .describe('Routes. An entry takes the first that matches.'),
  default: outputs
    .optional()
    .describe('IDs of the next operators for entries without a route. Default: they are dropped.'),
});

export const router: OperatorDefinition = {
  type: 'router',
  summary: 'Sends each entry to the operators of the first route that matches.',
  config,
  create(options: z.output<typeof config>, id, context) {
    const routes = options.routes.map(({ expr, attributes }) => ({
      matches: compileCondition(expr, context.environment),
      addAttributes: attributeTemplates(attributes, 'attributes', context.environment),
    }));
    const matches = (entry: Entry, index: number) => {
      try {
        return routes[index]?.matches(entry) ?? false;
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        context.failed(id, error.message, false);
        return false;
      }
    };
    const hasDefault = options.default !== undefined;
    return {
      routes: [...options.routes.map(({ output }) => output), ...(options.default ? [options.default] : [])],
      process(entries, emit) {
        const byRoute = new Map<number, Entry[]>();
        let lost = 0;
        for (const entry of entries) {
          let route = routes.findIndex((_, index) => matches(entry, index));
          if (route < 0 && hasDefault) route = routes.length;
          if (route < 0) {
            lost++;
            continue;
          }
          routes[route]?.addAttributes?.(entry);
          const group = byRoute.get(route);
          if (group === undefined) byRoute.set(route, [entry]);
          else group.push(entry);
        }
        if (lost > 0) context.dropped(lost, 'filtered', id);
        for (const [route, group] of byRoute) emit(group, route);
      },
    };
  },
};
