import { relabel } from '../relabel/evaluate.ts';
import { outputText } from '../source/references.ts';
import type { Section } from '../source/section.ts';
import { fieldOf } from '../stages/expressions.ts';
import { rulesOf, type ScrapeContext, type Target } from './target.ts';

/** Converts `static_configs`: files, whose labels are known. */
export function fileTargets(section: Section, { report, storage }: ScrapeContext): Target[] {
  const rules = rulesOf(section);
  return section.sections('static_configs').flatMap((entry) => {
    // Promtail reads files of this host only.
    entry.skip('targets');
    const labels = relabel(entry.textMap('labels'), rules, report);
    entry.finish();
    if (labels === undefined) {
      report.changed(entry.place, 'relabel_configs drop this target');
      return [];
    }
    const path = labels.get('__path__');
    if (path === undefined) {
      report.missing(entry.place, 'expected the label __path__ with the files to read, got none');
      return [];
    }
    const exclude = labels.get('__path_exclude__');
    const shown = [...labels].filter(([name]) => !name.startsWith('__'));
    return [
      {
        type: 'file_log',
        name: '',
        config: {
          ...fileSettings(storage),
          include: braces(path).map(outputText),
          ...(exclude && { exclude: braces(exclude).map(outputText) }),
        },
        labels: [...shown.map(([name]) => name), 'filename'],
        prepare(context) {
          context.push({ type: 'copy', from: 'attributes["log.file.path"]', to: 'attributes.filename' });
          for (const [name, value] of shown)
            context.push({ type: 'add', field: fieldOf('attributes', name), value: outputText(value) });
        },
      },
    ];
  });
}

/** The settings of all receivers of files. */
export function fileSettings(storage: string) {
  // Promtail reads files without a position from their beginning, and keeps the white space of lines.
  return {
    start_at: 'beginning',
    storage,
    include_file_name: false,
    include_file_path: true,
    preserve_leading_whitespaces: true,
    preserve_trailing_whitespaces: true,
  } as const;
}

/** Maximum number of patterns from one with braces. */
const MAX_PATTERNS = 200;

/** Expands the braces of a pattern, such as `/var/log/{a,b}/*.log`. */
export function braces(pattern: string): string[] {
  let patterns = [pattern];
  for (let round = 0; round < 10; round++) {
    const expanded = patterns.flatMap((one) => {
      const match = /^(.*?)(?<!\$)\{([^{}]*,[^{}]*)\}(.*)$/.exec(one);
      if (match === null) return [one];
      const [, before = '', choices = '', after = ''] = match;
      return choices.split(',').map((choice) => `${before}${choice}${after}`);
    });
    if (expanded.length === patterns.length || expanded.length > MAX_PATTERNS) break;
    patterns = expanded;
  }
  return patterns;
}
