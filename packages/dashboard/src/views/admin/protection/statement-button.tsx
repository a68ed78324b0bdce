import type { SignedStatement } from '@otelier/query';
import type { ReactNode } from 'react';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { saveFile } from '../../query/results/csv.ts';
import { readStatement } from './protection-data.ts';

/** Downloads a signed statement, which `otelier subject verify` reads. */
export function StatementButton({
  proof,
  isLabeled = false,
}: {
  readonly proof: SignedStatement;
  readonly isLabeled?: boolean;
}): ReactNode {
  const { id } = readStatement(proof);
  const save = (): void =>
    saveFile(
      new Blob([`${JSON.stringify(proof, undefined, 2)}\n`], { type: 'application/json' }),
      `subject-${id}.json`,
    );
  return isLabeled ? (
    <button type="button" className="btn primary" onClick={save}>
      <Icon name="download" />
      {t('Download the signed statement')}
    </button>
  ) : (
    <button type="button" className="btn small bare" onClick={save}>
      {t('Download')}
      <span className="unseen">: {id}</span>
    </button>
  );
}
