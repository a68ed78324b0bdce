import { openStore } from '../open.ts';
import { agreementTests } from './agreement.testing.ts';

agreementTests((directory) => openStore({ directory }));
