import { storeContract } from '@otelier/testkit';
import { openStore } from './open.ts';

storeContract((directory) => openStore({ directory }));
