import { testEveryPart } from '../e2e/support/every-part.js';

testEveryPart();
