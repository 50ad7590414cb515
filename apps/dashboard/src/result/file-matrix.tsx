'use client';
import { sayBytes, sayLatency, sayPercent } from '@fleetfit/sweep/say-numbers';
import Link from 'next/link';
import { useState } from 'react';
import type { PortfolioView, SweepOverview } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { colourVariableOf } from '../frame/class-shapes.ts';
import { Icon } from '../frame/icon.tsx';
import { Sideways } from '../frame/sideways.tsx';

interface MatrixProps {
  readonly sweep: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly portfolio: PortfolioView;
  readonly bundle: readonly string[];
}

type File = PortfolioView['files'][number];

const FEW = 8;

/** Every file on every class: time over the class's own best. */
export function FileMatrix({ sweep, names, portfolio, bundle }: MatrixProps) {
  const [all, setAll] = useState(false);
  const shown = all ? portfolio.files : portfolio.files.filter((file, at) => at < FEW - 1 || file.role === 'original');
  const widest = Math.max(0.3, ...shown.flatMap((file) => file.classes.map((one) => one?.regret.high ?? 0)));
  return (
    <section aria-labelledby="matrix" className="min-w-0 px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h2 id="matrix" className="text-section">
          Every file on every class
        </h2>
        <p className="flex items-center gap-1.5 text-label text-ink-2">
          <Icon name="close" size={12} className="text-bad" /> outside a limit of the class
        </p>
      </div>
      <p className="text-label text-ink-3">Time over the class's own best: the file that is to be shipped there by itself.</p>
      <Sideways label="Files on device classes">
        <table className="mt-2 w-full min-w-[560px] border-collapse text-left">
          <thead>
            <tr className="border-b border-line-2 text-label text-ink-3 [&>th]:py-1.5 [&>th]:font-medium">
              <th scope="col" className="pl-2">
                File
              </th>
              {sweep.classes.map((one) => (
                <th key={one.id} scope="col" className="pr-3">
                  <span className="flex items-center gap-2">
                    <ClassMark position={one.position} size={9} />
                    <span className="text-ink-2">{nameOf(names, one.id)}</span>
                    {one.limits.latencyMs !== undefined && (
                      <span className="ml-auto whitespace-nowrap">≤ {sayLatency(one.limits.latencyMs).replace(/\.0+ /, ' ')}</span>
                    )}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((file) => (
              <tr key={file.candidate} className={`border-b border-line ${bundle.includes(file.candidate) ? 'bg-accent-weak' : ''}`}>
                <td className="w-40 py-2 pr-3 pl-2">
                  <Link href={`/sweep?id=${sweep.id}&c=${file.candidate}`} className="font-mono text-label font-semibold hover:underline">
                    {file.candidate}
                  </Link>{' '}
                  <span className="text-label text-ink-3">{sayBytes(file.bytes)}</span>
                  <span className="block text-label">
                    {bundle.includes(file.candidate) ? 'in the bundle' : file.role === 'in the bundle' ? 'own best of a class' : file.role}
                  </span>
                </td>
                {sweep.classes.map((one, at) => (
                  <td key={one.id} className="py-2 pr-3">
                    <Cell on={file.classes[at] ?? undefined} position={one.position} widest={widest} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Sideways>
      {portfolio.files.length > FEW && (
        <button type="button" onClick={() => setAll(!all)} className="mt-2 min-h-6 font-medium text-accent pointer-coarse:min-h-11">
          {all ? 'Show fewer' : `All ${portfolio.files.length}`}
        </button>
      )}
    </section>
  );
}

function Cell({
  on,
  position,
  widest,
}: {
  readonly on: File['classes'][number] | undefined;
  readonly position: number;
  readonly widest: number;
}) {
  if (!on) return <span className="text-ink-3">–</span>;
  const own = on.regret.value === 0 && on.regret.high === 0;
  if (own)
    return (
      <span className="flex items-center justify-between gap-2">
        <ClassMark position={position} size={10} />
        own best
      </span>
    );
  const at = (share: number) => `${(100 * Math.max(0, Math.min(widest, share))) / widest}%`;
  const sign = on.regret.value < 0 ? '−' : '+';
  return (
    <span className="grid grid-cols-[minmax(30px,1fr)_auto_16px] items-center gap-2">
      <span aria-hidden="true" className="relative block h-3">
        <span className="absolute inset-y-0 left-0 w-px bg-line-2" />
        <span
          className="absolute top-[4px] left-0 h-[3px] opacity-60"
          style={{ width: at(on.regret.value), background: `var(${colourVariableOf(position)})` }}
        />
        <span
          className="absolute top-[5px] h-[1.5px] bg-ink"
          style={{ left: at(on.regret.low), width: `calc(${at(on.regret.high)} - ${at(on.regret.low)})` }}
        />
      </span>
      <span className="text-right whitespace-nowrap">
        {sign}
        {sayPercent(Math.abs(on.regret.value), 0)}{' '}
        <span className="text-label text-ink-3">±{sayPercent((on.regret.high - on.regret.low) / 2, 0).replace(' %', '')}</span>
      </span>
      {on.breaks ? (
        <span role="img" aria-label="outside a limit" className="text-bad">
          <Icon name="close" size={12} />
        </span>
      ) : (
        <span />
      )}
    </span>
  );
}
