import { suite } from './alerts-damage.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
