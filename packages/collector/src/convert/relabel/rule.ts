import { compilePattern, type Pattern } from '@otelier/query/pattern';
import type { SourcePlace } from '../report.ts';
import type { Section } from '../source/section.ts';

/** A rule that changes labels, with the defaults of Prometheus. */
export interface RelabelRule {
  readonly place: SourcePlace;
  readonly action: string;
  readonly sources: readonly string[];
  readonly separator: string;
  readonly regex: string;
  /** Matches the entire text. */
  readonly pattern: Pattern;
  readonly target: string;
  readonly replacement: string;
}

/** The regular expression of a rule without one. */
export const ANY_TEXT = '(.*)';

/** Reads the rules of a list of mappings. Rules with a wrong regular expression are reported and left out. */
export function readRules(sections: readonly Section[]): RelabelRule[] {
  return sections.flatMap((section) => {
    const regex = section.text('regex') ?? ANY_TEXT;
    const rule = {
      place: section.place,
      action: (section.text('action') ?? 'replace').toLowerCase(),
      sources: section.texts('source_labels'),
      separator: section.text('separator') ?? ';',
      regex,
      target: section.text('target_label') ?? '',
      replacement: section.text('replacement') ?? '$1',
    };
    section.missing('modulus', 'hashes of labels are not computed');
    section.finish();
    try {
      return [{ ...rule, pattern: compilePattern(`^(?:${regex})$`) }];
    } catch {
      section.report.missing(section.at('regex'), 'expected a regular expression of RE2, got another text');
      return [];
    }
  });
}

/** Replaces `$1`, `${1}` and `${name}` by groups. */
export function expandReplacement(replacement: string, groupOf: (name: string) => string | undefined): string {
  return replacement.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced?: string, plain?: string) => groupOf(braced ?? plain ?? '') ?? '',
  );
}
