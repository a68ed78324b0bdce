import { exporterContract } from '@otelier/testkit';
import { nop } from './nop.ts';

exporterContract(nop);
