export { type ImageShape, prepareImages } from './prepare.ts';
export {
  type Geometry,
  geometryOf,
  parseGeometry,
  parseSidecar,
  preparationOf,
  SIDECAR_SUFFIX,
  type Sidecar,
  type SidecarInput,
} from './sidecar.ts';
