/** Writes a history and a document with rising numbers until it is killed, and prints each number once both are durable. */
import { join } from 'node:path';
import { DocumentFiles } from '../../../packages/collector/src/documents/document-files.ts';
import { historyFile } from '../../../packages/collector/src/history/history-file.ts';
import { contentOf, historyOf } from './contents.ts';

const [directory = ''] = process.argv.slice(2);
const fail = (message: string): never => {
  throw new Error(message);
};
const history = historyFile(directory, fail);
const documents = new DocumentFiles({ directory: join(directory, 'documents'), nowMillis: () => 1, onDamage: fail });
for (let round = 1; ; round++) {
  await history.write(historyOf(round));
  const key = { kind: 'board', id: 'a', name: 'a' } as const;
  await documents.save({ ...key, revision: round - 1, content: contentOf(0, round) });
  process.stdout.write(`${round}\n`);
}
