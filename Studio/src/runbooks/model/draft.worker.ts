import { type Answer, DraftDesk, type Request } from './desk';
import { Draft } from './draft';

// Messages that wait already are taken before the timer's turn comes, so what was typed meanwhile is read at once.
const desk = new DraftDesk(
  (text) => new Draft(text),
  (answer: Answer) => postMessage(answer),
  (run) => void setTimeout(run, 0),
);

addEventListener('message', ({ data }: MessageEvent<Request>) => desk.take(data));
