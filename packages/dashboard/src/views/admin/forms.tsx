import { type ReactNode, useState } from 'react';
import { t } from '../../locale/t.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';

/** A dialog with fields. It stays open, and shows why, if the change is refused. */
export function FormDialog({
  title,
  submit,
  onSubmit,
  onClose,
  isReady = true,
  children,
}: {
  readonly title: string;
  readonly submit: string;
  /** Makes the change. Rejects with the reason why it is refused. */
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
  /** Whether the change can be sent. */
  readonly isReady?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState('');
  const send = async (): Promise<void> => {
    setSending(true);
    setFailure('');
    try {
      await onSubmit();
    } catch (error) {
      setFailure(error instanceof Error && error.message !== '' ? error.message : t('otelier did not respond.'));
      setSending(false);
    }
  };
  return (
    <Dialog label={title} onClose={onClose}>
      <form
        className="ad-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2>{title}</h2>
        {children}
        {failure !== '' && (
          <p className="err s12" role="alert">
            <bdi>{failure}</bdi>
          </p>
        )}
        <div className="row">
          <button type="submit" className="btn primary" disabled={sending || !isReady}>
            {submit}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t('Cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A labeled text field of a form. */
export function TextField({
  label,
  value,
  onChange,
  type = 'text',
  autoComplete = 'off',
  required = true,
  minLength,
  hint,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'email' | 'password' | 'number';
  readonly autoComplete?: string;
  readonly required?: boolean;
  readonly minLength?: number;
  readonly hint?: string;
}): ReactNode {
  return (
    <label>
      <span className="t2">{label}</span>
      <input
        className="input"
        type={type}
        autoComplete={autoComplete}
        required={required}
        minLength={minLength}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint !== undefined && <span className="t3 s11">{hint}</span>}
    </label>
  );
}

/** A labeled choice of a form. */
export function ChoiceField({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}): ReactNode {
  return (
    <label>
      <span className="t2">{label}</span>
      <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {choices.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Shows secrets that cannot be read again. */
export function SecretDialog({
  title,
  note,
  lines,
  onClose,
}: {
  readonly title: string;
  readonly note: string;
  readonly lines: readonly string[];
  readonly onClose: () => void;
}): ReactNode {
  return (
    <Dialog label={title} onClose={onClose}>
      <div className="ad-form">
        <h2>{title}</h2>
        <p className="t2 s12">{note}</p>
        <div className="ad-secret code">
          {lines.map((line) => (
            <div key={line}>{line}</div>
          ))}
        </div>
        <div className="row">
          <CopyButton text={lines.join('\n')} label={t('Copy')}>
            {t('Copy')}
          </CopyButton>
          <button type="button" className="btn push" onClick={onClose}>
            {t('Done')}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
