import { contractChild } from '@fleetfit/runtime/contract-child';
import { runInside } from '../web-inside.ts';

runInside(contractChild);
