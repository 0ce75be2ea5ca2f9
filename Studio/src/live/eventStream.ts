import { createParser } from 'eventsource-parser';

interface StreamListener {
  onOpen(): void;
  onEvent(event: string, id: string | null, data: string): void;
  /** Anything at all came, a heartbeat too. */
  onBytes(): void;
}

/**
 * Reads server-sent events until the stream ends or fails. EventSource would reconnect by itself, but tells neither that
 * it lost the connection nor when it tries again, and gives up for good on an error of a server that starts up.
 */
export async function openEventStream(
  url: string,
  lastId: string | null,
  signal: AbortSignal,
  listener: StreamListener,
): Promise<void> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' };
  if (lastId != null) headers['Last-Event-ID'] = lastId;
  const answer = await fetch(url, { headers, signal, cache: 'no-store' });
  if (!answer.ok || answer.body == null) throw new Error(`the stream was answered with ${answer.status}`);
  listener.onOpen();

  const parser = createParser({
    onEvent: (message) => listener.onEvent(message.event ?? 'message', message.id ?? null, message.data),
  });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    listener.onBytes();
    parser.feed(value);
  }
}
