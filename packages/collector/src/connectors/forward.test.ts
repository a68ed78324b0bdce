import { connectorContract } from '@otelier/testkit';
import { forward } from './forward.ts';

connectorContract(forward);
