import { suite } from './alerts.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
