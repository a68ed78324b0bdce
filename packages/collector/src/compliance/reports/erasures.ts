import { createHash } from 'node:crypto';
import type { ReportRequest } from '@otelier/query';
import { knownBackups, signatureError } from '@otelier/store';
import type { ReportContext, Section } from './report-context.ts';

interface Statement {
  readonly id: string;
  readonly tenant: string;
  readonly by?: string;
  readonly reason?: string;
  readonly ended: string;
  readonly items: number;
  readonly held: number;
  readonly files: readonly unknown[];
  readonly verification: { readonly itemsLeft: number };
  readonly backups: readonly { readonly directory: string; readonly files?: readonly string[] }[];
}

/** What was erased, what is held, and where the evidence is. */
export async function erasureSections(
  { tenant }: ReportRequest,
  { store }: ReportContext,
): Promise<readonly Section[]> {
  const { subjects, holds } = store;
  const statements = (subjects?.statements() ?? []).flatMap((proof) => {
    const statement = JSON.parse(proof.statement) as Statement;
    return statement.tenant === tenant ? [{ proof, statement }] : [];
  });
  const time = (millis: number | undefined): string => (millis === undefined ? '' : new Date(millis).toISOString());
  return [
    {
      title: 'Erasures',
      text: 'Each has a signed statement in `removals/` of the store. Verify it by `otelier subject verify`.',
      columns: [
        'ID',
        'Ended',
        'By',
        'Reason',
        'Items',
        'Files',
        'Held',
        'Found afterwards',
        'Signature',
        'SHA-256 of the statement',
      ],
      rows: statements.map(({ proof, statement }) => [
        ...[statement.id, statement.ended, statement.by ?? '', statement.reason ?? '', String(statement.items)],
        ...[String(statement.files.length), String(statement.held), String(statement.verification.itemsLeft)],
        subjects === undefined ? '' : (signatureError(subjects.directory, proof) ?? 'valid'),
        createHash('sha256').update(proof.statement).digest('hex'),
      ]),
    },
    {
      title: 'Refused from now on',
      columns: ['ID', 'Since', 'By', 'Attributes'],
      rows: (subjects?.standing() ?? [])
        .filter((rule) => rule.tenant === tenant)
        .map(({ id, createdMillis, by, keys }) => [id, time(createdMillis), by, keys.join(', ')]),
    },
    {
      title: 'Legal holds',
      columns: ['ID', 'Reason', 'By', 'Created', 'From', 'To', 'Attributes', 'Released'],
      rows: [
        ...(holds?.list() ?? []).map((hold) => ({ hold, released: '' })),
        ...(holds?.released() ?? []).map((hold) => {
          return { hold, released: `${time(hold.releasedMillis)} by ${hold.releasedBy}` };
        }),
      ]
        .filter(({ hold }) => hold.tenant === tenant)
        .map(({ hold, released }) => [
          ...[hold.id, hold.reason, hold.by, time(hold.createdMillis), time(hold.startMillis), time(hold.endMillis)],
          ...[hold.attributes.map(({ key }) => key).join(', '), released],
        ]),
    },
    {
      title: 'Backups that may have erased telemetry',
      text: 'Backups are not changed. Make them again, or remove them.',
      columns: ['Directory', 'Made', 'Erasures with files in it'],
      rows: (subjects === undefined ? [] : knownBackups(subjects.directory)).map(({ directory, atMillis }) => [
        ...[directory, time(atMillis)],
        statements
          .filter(({ statement }) =>
            statement.backups.some((one) => one.directory === directory && one.files?.length !== 0),
          )
          .map(({ statement }) => statement.id)
          .join(', '),
      ]),
    },
  ];
}
