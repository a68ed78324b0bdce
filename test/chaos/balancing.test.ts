import { suite } from './balancing.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
