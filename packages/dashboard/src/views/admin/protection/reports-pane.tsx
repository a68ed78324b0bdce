import { type ReactNode, useState } from 'react';
import { addressOf, type Params } from '../../../data/client.ts';
import { msg, t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { Pane } from '../../../parts/pane.tsx';
import { AuditButton } from './audit-button.tsx';

/** The reports, and what they are about. */
const REPORTS = [
  ['processing', msg('Record of processing'), msg('sources, personal data seen, recipients, purposes (article 30)')],
  ['redaction', msg('Evidence of redaction'), msg('what is masked, and what is stored all the same')],
  ['erasures', msg('Erasures and holds'), msg('statements, refused items, legal holds, backups')],
] as const;
const ANONYMITY = 'k-anonymity';

/** Reports as one HTML file, which the browser prints, also as PDF. */
export function ReportsPane({ tenant }: { readonly tenant: string }): ReactNode {
  const [attributes, setAttributes] = useState('service.name');
  const [size, setSize] = useState('5');
  const chosen = attributes.split(/[\s,]+/).filter(Boolean);
  return (
    <Pane
      title={t('Reports')}
      note={t('one HTML file each')}
      className="ad-pane"
      actions={
        <span className="push">
          <AuditButton text="compliance/report" />
        </span>
      }
    >
      <ul className="dp-reports s12">
        {REPORTS.map(([kind, title, about]) => (
          <li key={kind}>
            <span className="med">{t(title)}</span>
            <span className="t2 cut">{t(about)}</span>
            <ReportLinks title={t(title)} params={{ kind, tenant }} />
          </li>
        ))}
        <li>
          <span className="med">{t('Small groups of people')}</span>
          <span className="dp-anonymity">
            <input
              className="input mono"
              aria-label={t('Attributes that form a group')}
              spellCheck={false}
              value={attributes}
              onChange={(event) => setAttributes(event.target.value)}
            />
            <input
              className="input"
              type="number"
              min={2}
              max={1000}
              aria-label={t('Size of a sufficient group')}
              value={size}
              onChange={(event) => setSize(event.target.value)}
            />
          </span>
          <ReportLinks
            title={t('Small groups of people')}
            params={{ kind: ANONYMITY, tenant, attribute: chosen, k: size }}
          />
        </li>
      </ul>
      <p className="ad-note t3 s11">
        {t('A report opens in a new tab. To get a PDF, print it there and choose “Save as PDF”.')}
      </p>
    </Pane>
  );
}

function ReportLinks({ title, params }: { readonly title: string; readonly params: Params }): ReactNode {
  const address = addressOf('/compliance/report', { ...params, format: 'html' });
  return (
    <span className="ad-rowacts nowrap">
      <a className="btn small bare" href={address} target="_blank" rel="noreferrer">
        {t('Open')}
        <span className="unseen">: {title}</span>
      </a>
      <a className="btn small bare" href={address} download={`${String(params['kind'])}.html`}>
        <Icon name="download" />
        <span className="unseen">
          {t('Download')}: {title}
        </span>
      </a>
    </span>
  );
}
