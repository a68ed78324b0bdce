import { patternError } from '../../../component/pattern.ts';
import { z } from '../../../component/schema.ts';

const ACTIONS = [
  ...(['replace', 'keep', 'drop', 'keepequal', 'dropequal', 'hashmod', 'labelmap', 'labeldrop'] as const),
  ...(['labelkeep', 'lowercase', 'uppercase'] as const),
] as const;

const relabelConfig = z
  .object({
    sourceLabels: z.array(z.string()).prefault([]).describe('Labels whose values are joined and matched.'),
    separator: z.string().prefault(';').describe('Text between the joined values.'),
    regex: z.coerce
      .string()
      .superRefine((text, issues) => {
        const message = patternError(`^(?s:${text})$`);
        if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
      })
      .prefault('(.*)')
      .describe('Regular expression that the whole value has to match.'),
    modulus: z.int().min(0).prefault(0).describe('Modulus of `hashmod`.'),
    targetLabel: z.string().prefault('').describe('Label that is written.'),
    replacement: z.coerce.string().prefault('$1').describe('New value, with references to groups such as `$1`.'),
    action: z.string().toLowerCase().pipe(z.enum(ACTIONS)).prefault('replace').describe('What to do.'),
  })
  .superRefine((rule, issues) => {
    const message = ruleError(rule);
    if (message !== undefined) issues.addIssue({ code: 'custom', path: ['action'], message, input: rule.action });
  });

/** A relabeling rule, as configured. */
export type RelabelConfig = z.output<typeof relabelConfig>;

/** Returns the field for a list of relabeling rules. */
export function relabelConfigs(description: string) {
  return z.array(relabelConfig).prefault([]).describe(description);
}

const WITH_TARGET: ReadonlySet<string> = new Set([
  ...['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal'],
]);

interface Rule {
  readonly action: string;
  readonly targetLabel: string;
  readonly modulus: number;
  readonly replacement: string;
  readonly regex: string;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
}

/** Returns why Prometheus rejects a rule. */
function ruleError({ action, targetLabel, modulus, replacement, regex, sourceLabels, separator }: Rule) {
  if (action === 'hashmod' && modulus === 0) return 'expected a modulus above 0 for hashmod';
  if (WITH_TARGET.has(action) && targetLabel === '') return `expected target_label for ${action}`;
  const isPlain = replacement === '$1' && separator === ';' && modulus === 0;
  if ((action === 'lowercase' || action === 'uppercase') && replacement !== '$1')
    return `expected no replacement for ${action}`;
  if ((action === 'keepequal' || action === 'dropequal') && (!isPlain || regex !== '(.*)'))
    return `expected only source_labels and target_label for ${action}`;
  if ((action === 'labeldrop' || action === 'labelkeep') && (!isPlain || sourceLabels.length > 0 || targetLabel !== ''))
    return `expected only regex for ${action}`;
  return undefined;
}
