export { type BootstrapOptions, bootstrapInterval } from './bootstrap.ts';
export { exactEstimate, intervalEstimate, pooledEstimate, proportionEstimate, scaledEstimate } from './estimates.ts';
export { type Interval, mapInterval, NORMAL_95 } from './interval.ts';
export { dominates, hypervolume, type Objective, paretoFront } from './pareto.ts';
export { type PairedCounts, pairedCounts, pairedDifferenceInterval, proportionInterval } from './proportions.ts';
export { coefficientOfVariation, mean, median, medianInterval, quantile, quantileInterval, severeOutlierShare } from './quantiles.ts';
