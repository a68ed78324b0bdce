import { type ReactNode, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { parseShown } from '../../../locale/zone.ts';
import { change } from '../admin-data.ts';
import { FormDialog, TextField } from '../forms.tsx';
import type { Term } from './protection-data.ts';
import { TermRows } from './term-rows.tsx';

/** Creates a legal hold. */
export function NewHoldForm({
  tenant,
  onClose,
  onSaved,
}: {
  readonly tenant: string;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [reason, setReason] = useState('');
  const [terms, setTerms] = useState<readonly Term[]>([]);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const save = async (): Promise<void> => {
    const [startMillis, endMillis] = [from, to].map((text) => (text === '' ? undefined : parseShown(text)));
    const attributes = terms.map(({ key, value }) => ({ key: key.trim(), value: value.trim() }));
    await change('/holds/create', { tenant, reason: reason.trim(), attributes, startMillis, endMillis });
    onSaved();
  };
  return (
    <FormDialog title={t('New hold')} submit={t('Create')} onSubmit={save} onClose={onClose}>
      <p className="t2 s12">
        {t(
          'Retention, limits of size, erasures and the removal of the tenant keep these items until you release the hold.',
        )}
      </p>
      <TextField label={t('Reason')} value={reason} onChange={setReason} minLength={3} />
      <fieldset>
        <legend className="t2">{t('Attributes that an item must have, all of them')}</legend>
        <TermRows terms={terms} onChange={setTerms} keyLabel={t('Attribute')} needsKey />
      </fieldset>
      {terms.length === 0 && (
        <p className="t3 s11">{t('Without an attribute, all items of the tenant in the range are kept.')}</p>
      )}
      <div className="dp-range">
        <TimeField label={t('From')} value={from} onChange={setFrom} />
        <TimeField label={t('To')} value={to} onChange={setTo} />
      </div>
      <p className="t3 s11">{t('Without a time, there is no limit.')}</p>
    </FormDialog>
  );
}

function TimeField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactNode {
  return (
    <label>
      <span className="t2">{label}</span>
      <input className="input" type="datetime-local" value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}
