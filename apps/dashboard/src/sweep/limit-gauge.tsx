import { sayLatency, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import { ClassMark } from '../frame/class-mark.tsx';
import { colourVariableOf } from '../frame/class-shapes.ts';

interface GaugeProps {
  readonly position: number;
  readonly best: number | undefined;
  readonly limit: number | undefined;
  readonly original: number | undefined;
}

/** How much of the limit, and of what the original takes, the best one needs. The figures beside it say the same. */
export function LimitGauge({ position, best, limit, original }: GaugeProps) {
  if (best === undefined || original === undefined) return null;
  const most = Math.max(best, original, limit ?? 0) * 1.06;
  const at = (ms: number) => `${(ms / most) * 100}%`;
  const isOriginal = Math.abs(best - original) < 1e-9;
  return (
    <div aria-hidden="true" className="relative mt-1 h-10 text-axis text-ink-3">
      <div className="absolute top-[19px] right-0 left-0 h-[2px] bg-line-2" />
      <div className="absolute top-[19px] left-0 h-[2px]" style={{ width: at(best), background: `var(${colourVariableOf(position)})` }} />
      {limit !== undefined && (
        <>
          <div className="absolute top-[14px] h-3 w-[2px] -translate-x-1/2 bg-ink" style={{ left: at(limit) }} />
          <Words left={limit / most} top="top-[-2px]">
            limit {sayLatency(limit).replace(/\.0+ /, ' ')}
          </Words>
        </>
      )}
      {!isOriginal && (
        <span className="absolute top-[20px] flex -translate-x-1/2 -translate-y-1/2" style={{ left: at(original) }}>
          <ClassMark position={position} size={11} hollow />
        </span>
      )}
      <span className="absolute top-[20px] flex -translate-x-1/2 -translate-y-1/2" style={{ left: at(best) }}>
        <ClassMark position={position} size={11} hollow={isOriginal} />
      </span>
      <Words left={original / most} top="top-[27px]">
        original {sayThreeDigits(original)}
      </Words>
    </div>
  );
}

// Words stand over or under their mark, and inside the gauge at its ends.
function Words({ left, top, children }: { readonly left: number; readonly top: string; readonly children: React.ReactNode }) {
  const shift = left > 0.85 ? '-100%' : left < 0.15 ? '0%' : '-50%';
  return (
    <span
      className={`absolute ${top} whitespace-nowrap`}
      style={{ left: `${Math.min(1, left) * 100}%`, transform: `translateX(${shift})` }}
    >
      {children}
    </span>
  );
}
