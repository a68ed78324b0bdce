import type { ComponentCases } from '../cases.ts';
import { metricSteps } from '../metric-steps.ts';

const signals = ['metrics'];
const steps = metricSteps({ seed: 61, every: 4 });
const operations = ['add', 'subtract', 'multiply', 'divide', 'percent'];
const calculate = (metric1: string, metric2: string, operation?: string) => ({
  name: `${metric1} ${operation} ${metric2}`,
  type: 'calculate',
  metric1,
  metric2,
  ...(operation !== undefined && { operation }),
});
const scale = (metric1: string, operation: string, by: number) => ({
  name: `${metric1} ${operation} ${by}`,
  unit: 'new',
  type: 'scale',
  metric1,
  operation,
  scale_by: by,
});

/** Test cases for `metrics_generation`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'metricsgeneration',
  configurations: [
    ...operations.map((operation) => ({
      name: `scale: ${operation}`,
      config: { rules: ['requests', 'work.time', 'temperature', 'latency'].map((name) => scale(name, operation, 2.5)) },
      signals,
      steps,
    })),
    ...operations.map((operation) => ({
      name: `calculate: ${operation}`,
      config: {
        rules: [calculate('requests', 'queue.size', operation), calculate('temperature', 'work.time', operation)],
      },
      signals,
      steps,
    })),
    {
      name: 'second operand of another kind',
      config: { rules: [calculate('requests', 'latency', 'add')] },
      signals,
      steps,
    },
    {
      name: 'missing operands',
      config: { rules: [calculate('requests', 'x', 'add'), calculate('x', 'requests', 'add')] },
      signals,
      steps,
    },
    { name: 'without operation', config: { rules: [calculate('requests', 'queue.size')] }, signals, steps },
    {
      name: 'rules on generated metrics',
      config: {
        rules: [
          { ...scale('requests', 'add', 1), name: 'queue.size' },
          scale('queue.size', 'add', 1),
          scale('new', 'add', 1),
        ],
      },
      signals,
      steps,
    },
    {
      name: 'all kinds of values',
      config: { rules: [scale('requests', 'multiply', 3), calculate('requests', 'requests', 'divide')] },
      signals,
    },
    { name: 'no rules', config: { rules: [] }, signals, steps },
    { name: 'defaults', config: {}, signals, steps },
    { name: 'no name', config: { rules: [{ ...scale('a', 'add', 1), name: '' }] }, signals },
    { name: 'no type', config: { rules: [{ name: 'n', metric1: 'a', scale_by: 1 }] }, signals },
    { name: 'unknown type', config: { rules: [{ ...scale('a', 'add', 1), type: 'copy' }] }, signals },
    { name: 'no first operand', config: { rules: [{ ...scale('', 'add', 1), name: 'n' }] }, signals },
    { name: 'no second operand', config: { rules: [calculate('a', '', 'add')] }, signals },
    { name: 'scale by zero', config: { rules: [scale('a', 'add', 0)] }, signals },
    { name: 'unknown operation', config: { rules: [scale('a', 'power', 2)] }, signals },
    { name: 'name of the first operand', config: { rules: [{ ...scale('a', 'add', 1), name: 'a' }] }, signals },
    { name: 'name of the second operand', config: { rules: [{ ...calculate('a', 'b', 'add'), name: 'b' }] }, signals },
    { name: 'unknown option', config: { generators: [] }, signals },
  ],
};
