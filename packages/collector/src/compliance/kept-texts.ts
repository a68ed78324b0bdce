import type { Documents, RulesView } from '@otelier/query';
import type { SubjectTerm } from '@otelier/store';

const KINDS = ['board', 'query', 'search', 'triage'] as const;

/** A document of the page that contains a value of a subject. */
export interface FoundDocument {
  readonly kind: (typeof KINDS)[number];
  readonly id: string;
  readonly name: string;
  readonly revision: number;
}

/** Returns the documents that contain a value of a subject. */
export function documentsWith(
  documents: Documents | undefined,
  terms: readonly SubjectTerm[],
): readonly FoundDocument[] {
  if (documents === undefined) return [];
  return KINDS.flatMap((kind) =>
    documents.list(kind).flatMap(({ id, name, revision }) => {
      const found = documents.read(kind, id);
      return found !== undefined && hasValue([name, found.content], terms) ? [{ kind, id, name, revision }] : [];
    }),
  );
}

/** Returns how many pending or firing alerts of a tenant contain a value of a subject. */
export function alertsWith(rules: RulesView | undefined, tenant: string, terms: readonly SubjectTerm[]): number {
  const groups = rules?.groups().filter((group) => group.tenant === tenant) ?? [];
  const alerts = groups.flatMap((group) => group.rules.flatMap((rule) => rule.alerts));
  return alerts.filter(({ labels, annotations }) => hasValue([labels, annotations], terms)).length;
}

/** Short values of attributes count only as whole texts. */
function hasValue(content: unknown, terms: readonly SubjectTerm[]): boolean {
  const text = JSON.stringify(content);
  return terms.some(({ value }) => {
    const quoted = JSON.stringify(value);
    return text.includes(quoted) || (value.length >= 6 && text.includes(quoted.slice(1, -1)));
  });
}
