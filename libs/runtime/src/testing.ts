export { runtimeContract } from './runtime-contract.ts';
export { runtimeHostContract } from './runtime-host-contract.ts';
export { addModel, identityModel, pixelModel, unknownOperatorModel } from './tiny-models.ts';
