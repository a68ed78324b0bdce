import { exporterContract } from '@otelier/testkit/component-contract';
import { nop } from './nop.ts';

exporterContract(nop);
