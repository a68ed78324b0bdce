import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openStore } from '@otelier/store';
import { storeContract } from '@otelier/testkit/store-contract';
import { createProvider } from '../damage/encrypted.ts';

const keys = mkdtempSync(join(tmpdir(), 'otelier-contract-keys-'));
after(() => rmSync(keys, { recursive: true, force: true }));
const encryption = createProvider(keys);

storeContract((directory) => openStore({ directory, encryption }));
