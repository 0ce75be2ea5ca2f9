import { useNight } from '../ui/nightClock';
import { span } from '../ui/time';

interface Props {
  from: string | null | undefined;
  /** Null: it has not ended, and the time goes on. */
  to: string | null | undefined;
}

/** How long something took, or has taken so far, on the night's clock. */
export function Took({ from, to }: Props) {
  if (from == null) return <span>–</span>;
  return to == null ? <SoFar from={from} /> : <span>{span(Date.parse(to) - Date.parse(from))}</span>;
}

function SoFar({ from }: { from: string }) {
  const now = useNight();
  return <span>{now == null ? '…' : span(Math.max(0, now - Date.parse(from)))}</span>;
}
