'use client';
import { sayBytes, sayCount, sayPercent, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import { useState } from 'react';
import type { LayerView } from '../client/views.ts';
import { TextureKey } from '../frame/texture-key.tsx';
import { sayLayers } from './say-layers.ts';

const HEIGHT = 96;
const DEPTH = 56;

/** What each layer costs: multiply-accumulates upwards, weights downwards, in the order in which an image goes through them. */
export function LayerBars({ layers }: { readonly layers: readonly LayerView[] }) {
  const [at, setAt] = useState<number | undefined>(undefined);
  if (layers.length === 0) return null;
  const macs = Math.max(1, ...layers.map((layer) => layer.macs ?? 0));
  const bytes = Math.max(1, ...layers.map((layer) => layer.bytes));
  const pointed = at === undefined ? undefined : layers[at];
  return (
    <section aria-labelledby="layers" className="min-w-0 px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h3 id="layers" className="text-section">
          Layers
        </h3>
        <p className="text-label text-ink-3">{sayCount(layers.length)} with weights, in order</p>
        <p className="ml-auto flex items-center gap-3 text-label text-ink-2">
          <TextureKey texture="bg-ink-2" words="dense" />
          <TextureKey texture="bg-original" words="depthwise" />
        </p>
      </div>
      <figure className="relative mt-2">
        <div aria-hidden="true" className="flex text-axis text-ink-3">
          <div className="flex w-20 shrink-0 flex-col pr-2 text-right">
            <span className="flex flex-col justify-between" style={{ height: HEIGHT }}>
              <span>{sayMillions(macs)}</span>
              <span>MACs</span>
            </span>
            <span className="flex flex-col justify-between pt-1" style={{ height: DEPTH }}>
              <span>weights</span>
              <span>{sayBytes(bytes)}</span>
            </span>
          </div>
          <div className="flex min-w-0 flex-1 items-stretch border-l border-line" onPointerLeave={() => setAt(undefined)}>
            {layers.map((layer, place) => (
              <div
                key={layer.id}
                onPointerEnter={() => setAt(place)}
                className={`flex min-w-0 flex-1 flex-col px-[0.5px] ${place === at ? 'bg-accent-weak' : ''}`}
              >
                <div className="flex items-end justify-center border-b border-line-2" style={{ height: HEIGHT }}>
                  <div
                    className={`w-full max-w-3 ${layer.depthwise ? 'bg-original' : 'bg-ink-2'}`}
                    style={{ height: `${((layer.macs ?? 0) / macs) * 100}%`, minHeight: layer.macs ? 1 : 0 }}
                  />
                </div>
                <div className="flex justify-center pt-px" style={{ height: DEPTH }}>
                  <div
                    className={`w-full max-w-3 ${layer.depthwise ? 'bg-original' : 'bg-ink-2'}`}
                    style={{ height: `${(layer.bytes / bytes) * 100}%`, minHeight: 1 }}
                  />
                </div>
              </div>
            ))}
          </div>
        </div>
        <figcaption className="mt-2 min-h-10 text-label text-ink-2 max-sm:min-h-12">
          {pointed ? <LayerFacts layer={pointed} /> : sayLayers(layers)}
        </figcaption>
      </figure>
      <LayerTable layers={layers} />
    </section>
  );
}

function LayerFacts({ layer }: { readonly layer: LayerView }) {
  return (
    <>
      <span className="font-mono text-ink">{layer.id}</span> {layer.op}
      {layer.shape && `, makes ${layer.shape.join('×')}`}: {layer.macs === undefined ? 'MACs unknown' : `${sayMillions(layer.macs)} MACs`},{' '}
      {sayCount(layer.parameters)} weights, {sayBytes(layer.bytes)}
    </>
  );
}

/** The same in words and numbers. */
function LayerTable({ layers }: { readonly layers: readonly LayerView[] }) {
  const all = { macs: sum(layers.map((layer) => layer.macs ?? 0)), bytes: sum(layers.map((layer) => layer.bytes)) };
  return (
    <details className="mt-1 text-label">
      <summary className="w-fit min-h-6 font-medium text-accent">As a table</summary>
      <div className="mt-1 max-h-96 overflow-auto">
        <table className="w-full border-collapse text-left">
          <thead className="sticky top-0 bg-surface text-ink-3">
            <tr className="border-b border-line [&>th]:py-1 [&>th]:pr-3 [&>th]:font-medium">
              <th>Layer</th>
              <th>Operator</th>
              <th>Output</th>
              <th className="text-right">MACs</th>
              <th className="text-right">Weights</th>
            </tr>
          </thead>
          <tbody>
            {layers.map((layer) => (
              <tr key={layer.id} className="border-b border-line [&>td]:py-1 [&>td]:pr-3">
                <td className="max-w-48 truncate font-mono">{layer.id}</td>
                <td>{layer.depthwise ? `${layer.op}, depthwise` : layer.op}</td>
                <td>{layer.shape?.join('×') ?? '–'}</td>
                <td className="text-right whitespace-nowrap">
                  {layer.macs === undefined ? '–' : `${sayMillions(layer.macs)} (${sayPercent(layer.macs / Math.max(1, all.macs))})`}
                </td>
                <td className="text-right whitespace-nowrap">
                  {sayBytes(layer.bytes)} ({sayPercent(layer.bytes / Math.max(1, all.bytes))})
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function sayMillions(count: number): string {
  return count >= 1e6 ? `${sayThreeDigits(count / 1e6)} M` : sayCount(count);
}
