'use client';
import { type RefObject, useEffect, useState } from 'react';
import { type ChartColours, readChartColours } from './chart-colours.ts';

export interface CanvasPlace {
  /** Of the box, px; zero until it was measured. */
  readonly size: readonly [number, number];
  /** Undefined until the fonts are there: a canvas drawn before keeps the wrong one. */
  readonly colours: ChartColours | undefined;
}

/** Follows the size of a box and the colours of the page, which change when light turns to dark. */
export function useCanvasPlace(box: RefObject<HTMLElement | null>): CanvasPlace {
  const [size, setSize] = useState<readonly [number, number]>([0, 0]);
  const [colours, setColours] = useState<ChartColours | undefined>(undefined);
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const measure = () => setSize([place.clientWidth, place.clientHeight]);
    const resized = new ResizeObserver(measure);
    resized.observe(place);
    const read = () => setColours(readChartColours());
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', read);
    let here = true;
    void document.fonts.ready.then(() => here && read());
    return () => {
      here = false;
      dark.removeEventListener('change', read);
      resized.disconnect();
    };
  }, [box]);
  return { size, colours };
}

/** Gives the canvas as many pixels as the screen has under it, and its context in px of the page. */
export function openCanvas(canvas: HTMLCanvasElement, [width, height]: readonly [number, number]): CanvasRenderingContext2D | null {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  }
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
