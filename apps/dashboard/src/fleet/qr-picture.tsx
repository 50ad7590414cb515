import type { Invitation } from './use-invitation.ts';

/** A QR code, black on white in dark rooms too: cameras read nothing else reliably. The quiet zone of four modules is part of it. */
export function QrPicture({
  qr,
  label,
  faded = false,
}: {
  readonly qr: Invitation['qr'];
  readonly label: string;
  readonly faded?: boolean;
}) {
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`-4 -4 ${qr.size + 8} ${qr.size + 8}`}
      shapeRendering="crispEdges"
      className={`aspect-square w-full max-w-[220px] rounded-tile border border-line bg-[#fff] ${faded ? 'opacity-20' : ''}`}
    >
      <path d={qr.path} fill="#000" />
    </svg>
  );
}
