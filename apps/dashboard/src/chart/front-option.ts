import { sayPoints, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import type { EChartsCoreOption } from 'echarts/core';
import { shapeOf } from '../frame/class-shapes.ts';
import type { ChartColours } from './chart-colours.ts';
import { type Drawing, drawGround, drawOver } from './draw-front.ts';
import { changeTicks, type FrontMarks, logTicks, type Mark } from './front-marks.ts';
import { isNarrow, marginsOf } from './place-marks.ts';

export interface FrontOptions {
  readonly colours: ChartColours;
  /** Dominated candidates, drawn faint. */
  readonly dominated: boolean;
  /** Of the box, px. */
  readonly width: number;
}

interface FrontDatum {
  readonly value: readonly [number, number];
  readonly mark: Mark;
}

/** The chart as ECharts wants it: axes, a ground of lines, marks as scatter series, and what lies over them. */
export function frontOption(front: FrontMarks, options: FrontOptions): EChartsCoreOption {
  const drawing: Drawing = { front, ...options };
  const [low, high] = front.changeRange;
  return {
    animation: false,
    // Exactly these margins: what lies over the chart is placed by them too.
    grid: { ...marginsOf(options.width), outerBoundsMode: 'none' },
    xAxis: latencyAxis(front, options),
    yAxis: changeAxis(front, options),
    series: [
      { type: 'custom', silent: true, clip: false, z: 1, data: [[0, high]], renderItem: drawGround(drawing) },
      ...(['dominated', 'so far', 'front', 'original'] as const).flatMap((kind, at) => scatter(front, kind, { ...options, z: 2 + at })),
      { type: 'custom', silent: true, clip: false, z: 8, data: [[0, low]], renderItem: drawOver(drawing) },
    ],
  };
}

function latencyAxis(front: FrontMarks, { colours, width }: FrontOptions) {
  const [low, high] = front.latencyRange;
  const ticks = logTicks(front.latencyRange).map(Math.log10);
  return {
    type: 'value',
    min: Math.log10(low),
    max: Math.log10(high),
    name: isNarrow(width) ? 'Latency p50, ms per image' : 'Latency p50, ms per image (log scale)',
    nameLocation: 'middle',
    nameGap: 34,
    nameTextStyle: { color: colours.label, fontSize: 12, fontFamily: colours.font },
    axisLine: { show: true, onZero: false, lineStyle: { color: colours.axis } },
    axisTick: { show: false, customValues: ticks },
    axisLabel: {
      customValues: ticks,
      color: colours.label,
      fontSize: 11,
      fontFamily: colours.font,
      hideOverlap: true,
      formatter: (value: number) => tickText(10 ** value),
    },
    splitLine: { show: true, lineStyle: { color: colours.line } },
  };
}

function changeAxis(front: FrontMarks, { colours, width }: FrontOptions) {
  const [low, high] = front.changeRange;
  const ticks = changeTicks(front.changeRange);
  // The pill of a limit stands where a label would.
  const labels = ticks.filter((tick) => front.changeLimits.every((limit) => Math.abs(limit.value - tick) > (high - low) / 24));
  return {
    type: 'value',
    min: low,
    max: high,
    name: isNarrow(width) ? '' : 'Top-1 against the original, points',
    nameLocation: 'middle',
    nameGap: 60,
    nameTextStyle: { color: colours.label, fontSize: 12, fontFamily: colours.font },
    axisLine: { show: false },
    axisTick: { show: false, customValues: ticks },
    axisLabel: {
      customValues: labels,
      color: colours.label,
      fontSize: 11,
      fontFamily: colours.font,
      formatter: (value: number) => (Number.isInteger(value) ? sayPoints(value).replace('.0', '') : sayPoints(value)),
    },
    splitLine: { show: true, lineStyle: { color: colours.line } },
  };
}

function scatter(front: FrontMarks, kind: Mark['kind'], { colours, dominated, z }: FrontOptions & { readonly z: number }) {
  if (kind === 'dominated' && !dominated) return [];
  const positions = [...new Set(front.marks.map((mark) => mark.position))];
  return positions.map((position) => {
    const colour = colours.ofClass(position);
    const data: FrontDatum[] = front.marks
      .filter((mark) => mark.position === position && mark.kind === kind)
      .map((mark) => ({ value: [Math.log10(mark.latency.value), Math.max(mark.change.value, front.changeRange[0])], mark }));
    const hollow = kind === 'so far' || kind === 'original';
    return {
      type: 'scatter',
      z,
      clip: false,
      silent: true,
      // What lies under the axis is a chevron, drawn over; its mark stays to be pointed at.
      symbol: `path://${shapeOf(position)}`,
      symbolSize: (_value: unknown, params: { readonly data: FrontDatum }) =>
        params.data.mark.below ? 14 : kind === 'dominated' ? 6 : kind === 'front' ? 11 : 10,
      data: data.map((datum) => (datum.mark.below ? { ...datum, itemStyle: { opacity: 0 } } : datum)),
      itemStyle: {
        color: hollow ? colours.surface : colour,
        borderColor: hollow ? colour : colours.surface,
        borderWidth: kind === 'dominated' ? 0 : hollow ? 2 : 1,
        opacity: kind === 'dominated' ? 0.3 : 1,
      },
    };
  });
}

function tickText(ms: number): string {
  const text = sayThreeDigits(ms);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
