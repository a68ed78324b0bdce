import type { SignedStatement } from '@otelier/query';
import type { ReactNode } from 'react';
import { t } from '../../../locale/t.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { readStatement } from './protection-data.ts';
import { StatementButton } from './statement-button.tsx';

/** What an erasure removed, what is left, and the signed statement of it. */
export function ErasedDialog({
  proof,
  onClose,
}: {
  readonly proof: SignedStatement;
  readonly onClose: () => void;
}): ReactNode {
  const { items, files, held, verification, backups, queues = [], notSearched = [], alerts = 0 } = readStatement(proof);
  const { itemsLeft, itemsArrivedLater = 0 } = verification;
  return (
    <Dialog label={t('Erased')} onClose={onClose}>
      <div className="ad-form">
        <h2>{t('Erased')}</h2>
        <ul className="dp-consequences s12">
          <li>{t('{count} items were erased in {files} files.', { count: items, files: files.length })}</li>
          <li className={itemsLeft > 0 ? 'err' : ''}>
            {itemsLeft > 0
              ? t('A search afterwards found {count} items that are left. Erase them again.', { count: itemsLeft })
              : t('A search afterwards found no items that are left.')}
          </li>
          {itemsArrivedLater > 0 && (
            <li className="warn">
              {t('{count} items arrived after the erasure began. Erase again, or refuse later items.', {
                count: itemsArrivedLater,
              })}
            </li>
          )}
          {held > 0 && (
            <li className="warn">{t('{count} items stay, because legal holds keep them.', { count: held })}</li>
          )}
          {backups.length + queues.length + notSearched.length + alerts > 0 && (
            <li>
              {t('Not changed: {backups} backups, {queues} queues, {files} files, {alerts} alerts', {
                backups: backups.length,
                queues: queues.length,
                files: notSearched.length,
                alerts,
              })}
            </li>
          )}
        </ul>
        <div className="row">
          <StatementButton proof={proof} isLabeled />
          <button type="button" className="btn push" onClick={onClose}>
            {t('Done')}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
