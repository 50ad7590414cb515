/** One line of the key of a chart: a texture and what it stands for. */
export function TextureKey({ texture, words }: { readonly texture: string; readonly words: string }) {
  return (
    <span className="flex items-center gap-1.5">
      <span aria-hidden="true" className={`size-2.5 ${texture}`} />
      {words}
    </span>
  );
}
