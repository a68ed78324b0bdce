import { receiverContract } from '@otelier/testkit/component-contract';
import { nop } from './nop.ts';

receiverContract(nop, { silent: true });
