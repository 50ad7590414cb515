import type { Geometry } from '../sidecar.ts';
import type { Box } from './box.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where the whole image lies in the picture that a model gets, relative to that picture; parts may lie outside. */
function placeOf(image: Size, geometry: Geometry): Box {
  const { width, height } = geometry;
  if (geometry.resize === 'squash') return { left: 0, top: 0, right: 1, bottom: 1 };
  if (geometry.resize === 'letterbox') {
    const scale = Math.min(width / image.width, height / image.height);
    const [w, h] = [fitted(image.width * scale, width), fitted(image.height * scale, height)];
    const [left, top] = geometry.anchor === 'top-left' ? [0, 0] : [Math.floor((width - w) / 2), Math.floor((height - h) / 2)];
    return { left: left / width, top: top / height, right: (left + w) / width, bottom: (top + h) / height };
  }
  const scale = geometry.shortSide / Math.min(image.width, image.height);
  const [w, h] = [image.width * scale, image.height * scale];
  const [left, top] = [Math.floor((w - width) / 2), Math.floor((h - height) / 2)];
  return { left: -left / width, top: -top / height, right: (w - left) / width, bottom: (h - top) / height };
}

const fitted = (side: number, most: number): number => Math.min(most, Math.max(1, Math.round(side)));

/** A box relative to an image, relative to the picture that a model gets of it. */
export function toPicture<Any extends Box>(box: Any, image: Size, geometry: Geometry): Any {
  const place = placeOf(image, geometry);
  const [width, height] = [place.right - place.left, place.bottom - place.top];
  const across = (x: number): number => place.left + x * width;
  const down = (y: number): number => place.top + y * height;
  return { ...box, left: across(box.left), top: down(box.top), right: across(box.right), bottom: down(box.bottom) };
}
