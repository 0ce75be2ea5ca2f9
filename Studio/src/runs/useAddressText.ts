import { useEffect, useEffectEvent, useState } from 'react';

const quiet = 250;

/**
 * What is typed into a field whose text stands in the address: the field shows it at once, the address has it when the
 * typing rests, since going to an address costs more than a key may. An address that somebody goes to wins.
 */
export function useAddressText(stored: string, store: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState(stored);
  const [seen, setSeen] = useState(stored);
  const [written, setWritten] = useState(stored);
  const write = useEffectEvent(store);
  if (stored !== seen) {
    setSeen(stored);
    // What was written here comes back later than it was typed, when more may stand in the field.
    if (stored !== written) setTyped(stored);
  }
  useEffect(() => {
    if (typed === stored) return undefined;
    const timer = setTimeout(() => {
      setWritten(typed);
      write(typed);
    }, quiet);
    return () => clearTimeout(timer);
  }, [typed, stored]);
  return [typed, setTyped];
}
