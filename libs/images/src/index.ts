export { sharpDecoder } from './decode-image.ts';
export { type Picture, pngOf, thumbnail } from './pictures.ts';
