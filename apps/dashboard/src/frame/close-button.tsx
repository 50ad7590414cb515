import { Icon } from './icon.tsx';

/** Closes a panel. */
export function CloseButton({ onClose }: { readonly onClose: () => void }) {
  return (
    <button
      type="button"
      aria-label="Close"
      onClick={onClose}
      className="grid size-8 shrink-0 place-items-center rounded-control hover:bg-sunken pointer-coarse:size-11"
    >
      <Icon name="close" />
    </button>
  );
}
