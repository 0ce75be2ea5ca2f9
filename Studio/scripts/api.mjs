// Writes src/api/openapi.json, src/api/schema.ts and src/api/access.ts.
//   npm run api                          starts the built server for it
//   npm run api -- http://127.0.0.1:5080 asks one that runs
//   npm run api -- FILE                  takes a document
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessOf, typesOf } from './types.mjs';

const api = new URL('../src/api/', import.meta.url);
const source = process.argv[2];

const document =
    source === undefined
        ? await fromOwnServer()
        : /^https?:/.test(source)
          ? await fetchDocument(source)
          : JSON.parse(await readFile(source, 'utf8'));
delete document.servers; // where it was asked says nothing of the API
const text = `${JSON.stringify(document, null, 2)}\n`;
await writeFile(new URL('openapi.json', api), text);
await writeFile(new URL('schema.ts', api), await typesOf(document));
await writeFile(new URL('access.ts', api), accessOf(document));
console.log('src/api/openapi.json, src/api/access.ts and src/api/schema.ts: written');

async function fetchDocument(server) {
    const answer = await fetch(new URL('/openapi/v1.json', server));
    if (!answer.ok) throw new Error(`${server} answered ${answer.status}; is it an orchestrator?`);
    return answer.json();
}

async function fromOwnServer() {
    const data = await mkdtemp(join(tmpdir(), 'orchestrator-api-'));
    const launcher = new URL('../../orchestrator', import.meta.url).pathname;
    const server = spawn(launcher, ['serve', '--port', '0', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
        let said = '';
        for await (const chunk of server.stdout) {
            said += chunk;
            const ready = /ready on (\S+?)\/?[\s,]/.exec(said);
            if (ready) return await fetchDocument(ready[1]);
        }
        throw new Error(`the server ended before it was ready: ${said}`);
    } finally {
        server.kill('SIGINT');
        await new Promise((resolve) => (server.exitCode === null ? server.once('exit', resolve) : resolve()));
        await rm(data, { recursive: true, force: true });
    }
}
