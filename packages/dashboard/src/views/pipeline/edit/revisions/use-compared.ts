import type { ConfigurationText, RevisionText } from '@otelier/query';
import { useEffect } from 'react';
import { useApiQuery } from '../../../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../../../data/use-search.ts';

/** A revision with its text. */
type Revision = Pick<RevisionText, 'revision' | 'text'>;

/**
 * Returns the revision that the URL shows, once it has been read, and the one that it is compared with: by default the
 * running one, as for the draft.
 */
export function useCompared(config: ConfigurationText): {
  readonly other: RevisionText | undefined;
  readonly base: Revision;
} {
  const { compare } = usePageSearch();
  const change = useChangeSearch();
  const [shown, against] = (compare ?? '').split(' ').map((number) => known(config, number));
  const other = useRevision(shown === config.revision && against === undefined ? undefined : shown);
  const base = useRevision(against);
  const isMissing =
    compare !== undefined && (shown === undefined || (shown === config.revision && against === undefined));
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the revision turns out to be missing
  useEffect(() => {
    if (isMissing) change({ compare: undefined }, 'replace');
  }, [isMissing]);
  return { other, base: other === undefined || base === undefined ? config : base };
}

/** Returns what the URL keeps of a comparison. */
export function compareOf(shown: number, base: number, running: number): string {
  return base === running || base === shown ? String(shown) : `${shown} ${base}`;
}

function known({ revisions }: ConfigurationText, number: string): number | undefined {
  return revisions.find(({ revision }) => String(revision) === number)?.revision;
}

function useRevision(revision: number | undefined): RevisionText | undefined {
  const { data } = useApiQuery<RevisionText>({
    path: `/config/revisions/${revision ?? 0}`,
    enabled: revision !== undefined,
    keep: false,
  });
  return revision === undefined ? undefined : data;
}
