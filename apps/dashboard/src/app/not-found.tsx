import Link from 'next/link';

/** An address that leads nowhere. */
export default function NotFound() {
  return (
    <div className="px-6 py-5">
      <h1 className="text-title">There is no such page</h1>
      <p className="mt-2 text-ink-2">
        <Link href="/" className="font-medium text-accent">
          See the sweeps
        </Link>
      </p>
    </div>
  );
}
