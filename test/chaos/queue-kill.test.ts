import { suite } from './queue-kill.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
