import type { Grant, Person, RolesResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { change } from '../admin-data.ts';
import { FormDialog, TextField } from '../forms.tsx';
import { GrantsEditor } from '../grants-editor.tsx';

/** What else an administrator does with an account. */
type Action = 'lock' | 'unlock' | 'password' | 'factor' | 'remove';

/** Changes the name and roles of a person, and locks or removes the account. */
export function PersonForm({
  person,
  roles,
  onClose,
  onSaved,
}: {
  readonly person: Person;
  readonly roles: RolesResponse | undefined;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const { id } = person;
  const [name, setName] = useState(person.name);
  const [grants, setGrants] = useState<readonly Grant[]>(person.grants);
  const [action, setAction] = useState<Action | undefined>();
  if (action !== undefined) return <ActionForm person={person} action={action} onClose={onClose} onSaved={onSaved} />;
  const save = async (): Promise<void> => {
    await change('/people/change', { id, name, grants });
    onSaved();
  };
  return (
    <FormDialog title={person.email} submit={t('Save')} onSubmit={save} onClose={onClose}>
      <TextField label={t('Name')} value={name} onChange={setName} />
      {person.issuer !== undefined && (
        <p className="t2 s12">
          {t('Signs in with {issuer}, which decides the name and the roles at each sign-in.', {
            issuer: person.issuer,
          })}
        </p>
      )}
      <GrantsEditor grants={grants} roles={roles} onChange={setGrants} />
      <div className="ad-acts">
        {person.state === 'active' ? (
          <ActionButton text={t('Lock')} onClick={() => setAction('lock')} />
        ) : (
          <ActionButton text={t('Unlock')} onClick={() => setAction('unlock')} />
        )}
        {person.issuer === undefined && (
          <ActionButton text={t('Set a password')} onClick={() => setAction('password')} />
        )}
        {(person.hasSecondFactor || person.hasPasskey) && (
          <ActionButton text={t('Remove the second factor')} onClick={() => setAction('factor')} />
        )}
        <ActionButton text={t('Remove the account')} onClick={() => setAction('remove')} />
      </div>
    </FormDialog>
  );
}

function ActionButton({ text, onClick }: { readonly text: string; readonly onClick: () => void }): ReactNode {
  return (
    <button type="button" className="btn small bare" onClick={onClick}>
      {text}
    </button>
  );
}

function ActionForm({
  person: { id, email },
  action,
  onClose,
  onSaved,
}: {
  readonly person: Person;
  readonly action: Action;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [password, setPassword] = useState('');
  const { path, body, submit, text } = requestOf(action, id, password);
  const save = async (): Promise<void> => {
    await change(path, body);
    onSaved();
  };
  return (
    <FormDialog title={email} submit={submit} onSubmit={save} onClose={onClose}>
      <p className="t2 s12">{text}</p>
      {action === 'password' && (
        <TextField
          label={t('New password')}
          type="password"
          autoComplete="new-password"
          minLength={12}
          value={password}
          onChange={setPassword}
        />
      )}
    </FormDialog>
  );
}

interface ActionRequest {
  readonly path: string;
  readonly body: object;
  readonly submit: string;
  readonly text: string;
}

function requestOf(action: Action, id: string, password: string): ActionRequest {
  switch (action) {
    case 'lock':
      return {
        path: '/people/change',
        body: { id, state: 'locked' },
        submit: t('Lock'),
        text: t('The person can no longer sign in, and all sessions end.'),
      };
    case 'unlock':
      return {
        path: '/people/change',
        body: { id, state: 'active' },
        submit: t('Unlock'),
        text: t('The person can sign in again.'),
      };
    case 'password':
      return {
        path: '/people/password',
        body: { id, password },
        submit: t('Set a password'),
        text: t('All sessions of the person end.'),
      };
    case 'factor':
      return {
        path: '/people/second-factor/remove',
        body: { id },
        submit: t('Remove the second factor'),
        text: t('The person signs in with the password alone until a new device is added.'),
      };
    case 'remove':
      return {
        path: '/people/remove',
        body: { id },
        submit: t('Remove the account'),
        text: t('The account is removed and all sessions end. What the person has saved stays.'),
      };
  }
}
