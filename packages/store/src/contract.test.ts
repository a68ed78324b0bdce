import { storeContract } from '@otelier/testkit/store-contract';
import { openStore } from './open.ts';

storeContract((directory) => openStore({ directory }));
