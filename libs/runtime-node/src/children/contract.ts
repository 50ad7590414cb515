import { contractChild } from '@fleetfit/runtime/contract-child';
import { runInside } from '../node-inside.ts';

runInside(contractChild);
