export { type Accuracy, accuracyByClass, accuracyOf, rankOf, type Scores, topClasses } from './classify.ts';
export {
  type DatasetIndex,
  datasetFacts,
  decodeDatasetIndex,
  encodeDatasetIndex,
  type ImageEncoding,
  type IndexedImage,
  imagesOf,
  SPLITS,
  type Split,
} from './dataset-index.ts';
export type { DatasetSource, SourceImage } from './dataset-source.ts';
export { type Examination, type ExamineOptions, examineIntake, type Finding } from './doctor.ts';
export type { FileTree } from './file-tree.ts';
export type { ImageDecoder } from './image-decoder.ts';
export { type ImportOptions, importDataset, type PutBlob } from './import-dataset.ts';
export { datasetFormats, openDataset } from './open-dataset.ts';
export { type ImageShape, prepareImages } from './prepare.ts';
export { type GetBlob, imageReader, imagesPerPack, type PixelPack, packImages, type ReadImage } from './read-images.ts';
export { planeOf, seenAs } from './show-prepared.ts';
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
export { DEFAULT_SHARES, type Placed, type Shares, type Splittable, sharesOf, splitDataset } from './split-dataset.ts';
export type { Box, FoundBox, LabelledBox } from './tasks/box.ts';
export { toPicture } from './tasks/box-geometry.ts';
export { boxesOf, type PostProcessing } from './tasks/decode-boxes.ts';
export { type AveragePrecision, type Detections, meanAveragePrecision } from './tasks/mean-average-precision.ts';
export { cosineOf, psnrOf } from './tasks/similarity.ts';
