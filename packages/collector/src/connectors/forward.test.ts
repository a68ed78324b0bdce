import { connectorContract } from '@otelier/testkit/component-contract';
import { forward } from './forward.ts';

connectorContract(forward);
