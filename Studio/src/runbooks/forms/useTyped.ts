import { useRef, useState } from 'react';

export interface Typed {
  value: string;
  onChange: (text: string) => void;
  onFocus: () => void;
  onBlur: () => void;
}

/**
 * What a field shows: what is typed while it has the focus, the runbook's value otherwise. The value comes back a moment
 * after it was typed, and must not overwrite what was typed since.
 */
export function useTyped(value: string, commit: (text: string) => void, when: 'typing' | 'leaving' = 'typing'): Typed {
  const [typed, setTyped] = useState<string | null>(null);
  const left = useRef<ReturnType<typeof setTimeout>>(undefined);
  return {
    value: typed ?? value,
    // Nothing is typed yet: who only looks at a field must not put back what it held when they came.
    onFocus: () => clearTimeout(left.current),
    onChange: (text) => {
      setTyped(text);
      if (when === 'typing') commit(text);
    },
    onBlur: () => {
      if (when === 'leaving' && typed != null && typed !== value) commit(typed);
      left.current = setTimeout(() => setTyped(null), 250);
    },
  };
}
