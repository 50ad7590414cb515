'use client';
import { sayCount, sayLatency, sayLatencyInterval, sayLatencyValue, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import type { CandidateDetail, CandidateEvidence, DeviceLatency } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { colourVariableOf } from '../frame/class-shapes.ts';

const WIDTH = 280;
const HEIGHT = 40;

/** How long single runs took on every device that measured: their distribution, its median and its 95th percentile. */
export function DeviceLatencies({ detail, names }: { readonly detail: CandidateDetail; readonly names: ReadonlyMap<string, ClassName> }) {
  const measured = detail.classes.filter((one) => one.devices.length > 0);
  return (
    <section aria-labelledby="latency" className="min-w-0 px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="latency" className="text-section">
          Latency on each device
        </h2>
        <p className="ml-auto flex items-center gap-3 text-label text-ink-2">
          <span className="flex items-center gap-1.5">
            <span aria-hidden="true" className="h-3 w-0.5 bg-ink" /> p50
          </span>
          <span className="flex items-center gap-1.5">
            <span aria-hidden="true" className="h-3 border-l-2 border-dotted border-ink" /> p95
          </span>
        </p>
      </div>
      {measured.length === 0 && <p className="mt-1 text-ink-2">Runs will be here, device by device, once one has measured it.</p>}
      <div className="mt-2 grid gap-x-8 gap-y-4 sm:grid-cols-[repeat(auto-fill,minmax(300px,1fr))]">
        {measured.map((one) => (
          <OnClass key={one.id} one={one} name={nameOf(names, one.id)} />
        ))}
      </div>
    </section>
  );
}

function OnClass({ one, name }: { readonly one: CandidateEvidence; readonly name: string }) {
  const [first] = one.devices;
  const [low, high] = [first?.bins[0]?.fromMs ?? 0, first?.bins.at(-1)?.toMs ?? 1];
  return (
    <div className="min-w-0">
      <h3 className="flex items-center gap-2 font-medium">
        <ClassMark position={one.position} /> <span className="truncate">{name}</span>
      </h3>
      <ul>
        {one.devices.map((device) => (
          <OneDevice key={`${device.device} ${device.p50Ms.value}`} device={device} position={one.position} low={low} high={high} />
        ))}
      </ul>
      <div aria-hidden="true" className="flex justify-between text-axis text-ink-3" style={{ maxWidth: WIDTH }}>
        {[0, 0.5, 1].map((at) => (
          <span key={at}>{sayThreeDigits(low + at * (high - low))}</span>
        ))}
      </div>
      <p className="text-label text-ink-3">ms a run; what took longer is counted at the right edge</p>
    </div>
  );
}

interface OneDeviceProps {
  readonly device: DeviceLatency;
  readonly position: number;
  readonly low: number;
  readonly high: number;
}

function OneDevice({ device, position, low, high }: OneDeviceProps) {
  const { bins, p50Ms, p95Ms } = device;
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const x = (ms: number) => Math.max(0, Math.min(WIDTH, ((ms - low) / (high - low || 1)) * WIDTH));
  return (
    <li className="py-1">
      <svg
        role="img"
        aria-label={`${device.name}: half of ${sayCount(device.runs)} runs took up to ${sayLatency(p50Ms.value, p50Ms)}, 95 % up to ${sayLatency(p95Ms.value, p95Ms)}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="w-full"
        style={{ maxWidth: WIDTH }}
      >
        {bins.map((bin) => (
          <rect
            key={bin.fromMs}
            x={x(bin.fromMs) + 0.5}
            width={Math.max(0.5, x(bin.toMs) - x(bin.fromMs) - 1)}
            y={HEIGHT - (bin.count / most) * (HEIGHT - 4)}
            height={(bin.count / most) * (HEIGHT - 4)}
            fill={`var(${colourVariableOf(position)})`}
            opacity={0.65}
          />
        ))}
        <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} stroke="var(--line-2)" />
        <path d={`M${x(p50Ms.value)} 2V${HEIGHT}`} stroke="var(--ink)" strokeWidth={2} />
        <path d={`M${x(p95Ms.value)} 2V${HEIGHT}`} stroke="var(--ink)" strokeWidth={2} strokeDasharray="2 2.5" />
      </svg>
      <p className="flex flex-wrap gap-x-2 text-label">
        <span className="truncate font-medium">{device.name}</span>
        <span className="text-ink-2">
          {sayLatencyValue(p50Ms.value, p50Ms)} / {sayLatency(p95Ms.value, p95Ms)}
        </span>
        <span className="text-ink-3">
          p50 {sayLatencyInterval(p50Ms)}; original {sayLatency(device.controlMs)}; {sayCount(device.runs)} runs
        </span>
      </p>
      {device.notes.map((note) => (
        <p key={note} className="text-label text-warn">
          {note}
        </p>
      ))}
    </li>
  );
}
