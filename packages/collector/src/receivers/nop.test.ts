import { receiverContract } from '@otelier/testkit';
import { nop } from './nop.ts';

receiverContract(nop, { silent: true });
