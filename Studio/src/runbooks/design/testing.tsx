import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import '../../i18n/i18n';
import { DraftDesk, type Answer } from '../model/desk';
import { Draft } from '../model/draft';
import type { DraftPort } from '../model/remoteDraft';
import '../texts';
import { Design } from './Design';
import { DesignContext } from './useDesign';

/** A draft in this thread that answers as a worker's does: not before the asker has gone on. */
export function localPort(open: (text: string) => Draft = (text) => new Draft(text)): DraftPort {
  const listeners: ((answer: Answer) => void)[] = [];
  const desk = new DraftDesk(
    open,
    (answer) => queueMicrotask(() => listeners.forEach((listener) => listener(structuredClone(answer)))),
    (run) => queueMicrotask(run),
  );
  return {
    send: (request) => queueMicrotask(() => desk.take(structuredClone(request))),
    onAnswer: (listener) => void listeners.push(listener),
    close: () => undefined,
  };
}

/** A design whose first outline is there. */
export async function designOf(text: string): Promise<Design> {
  const design = new Design(localPort(), text);
  await until(design, () => design.outlineIsCurrent || design.snapshot().syntax.length > 0);
  return design;
}

/** Waits for a state of a design. */
export function until(design: Design, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds()) return;
      stop();
      resolve();
    };
    const stop = design.subscribe(look);
    look();
  });
}

/** What stands around the designer's parts on a page. */
export function Around({ design, children }: { design: Design; children: ReactNode }) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return (
    <QueryClientProvider client={client}>
      <MantineProvider env="test">
        <DesignContext value={design}>{children}</DesignContext>
      </MantineProvider>
    </QueryClientProvider>
  );
}
