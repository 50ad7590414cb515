/** One selection for chart, answers, table and log. */
export interface Selection {
  readonly selected: string | undefined;
  readonly hovered: string | undefined;
  /** The candidate in the drawer. */
  readonly open: string | undefined;
  readonly select: (candidate: string | undefined) => void;
  readonly hover: (candidate: string | undefined) => void;
  readonly openIt: (candidate: string) => void;
  readonly close: () => void;
}
