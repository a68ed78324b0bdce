import { suite } from './queue-damage.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
