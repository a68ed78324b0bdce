import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { createKeyLine, fileProvider } from '@otelier/journal/encryption';
import { storeContract } from '@otelier/testkit/store-contract';
import { openStore } from '../open.ts';

const keys = mkdtempSync(join(tmpdir(), 'otelier-contract-keys-'));
after(() => rmSync(keys, { recursive: true, force: true }));
const path = join(keys, 'key-file');
writeFileSync(path, createKeyLine('contract'), { mode: 0o600 });

storeContract((directory) => openStore({ directory, encryption: { provider: fileProvider(path) } }));
