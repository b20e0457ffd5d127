// What nginx.mjs configures, in Node, for where there is no nginx: node node-server.mjs <configuration.json>
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { pageAddress } from './content.mjs';

const { folder, repos, tls, host, hubPort, cdnPort, cdn } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const files = new Map(repos.flatMap((repo) => repo.files.map((file) => [file.address, { ...file, repo }])));
const log = createWriteStream(join(folder, 'access.log'), { flags: 'a' });
let connections = 0;

listen(hubPort, (request, response) => {
  const { pathname, searchParams } = new URL(request.url, cdn);
  const file = files.get(pathname);
  if (file !== undefined) sendRepoFile(request, response, file);
  else if (pathname.includes('/tree/')) sendPage(request, response, pathname, Number(searchParams.get('cursor') ?? 0));
  else if (pathname.includes('/paths-info/')) sendPathInfo(request, response, pathname);
  else send(request, response, pathname);
});
listen(cdnPort, (request, response) => send(request, response, new URL(request.url, cdn).pathname));

function listen(port, answer) {
  const pem = (name) => readFileSync(join(folder, `${name}.pem`));
  const server = tls ? https.createServer({ cert: pem('ca'), key: pem('key') }) : http.createServer();
  server.keepAliveTimeout = 120_000;
  server.on(tls ? 'secureConnection' : 'connection', (socket) => (socket.number = ++connections));
  server.on('request', (request, response) => {
    const { socket } = response;
    const before = socket.bytesWritten;
    response.once('close', () => {
      const sent = socket.bytesWritten - before;
      log.write(`${socket.number} ${response.statusCode} ${sent} ${request.method} ${request.url}\n`);
    });
    answer(request, response);
  });
  server.listen(port, host);
}

function sendRepoFile(request, response, { address, oid, size, lfs, repo }) {
  response.setHeader('ETag', `"${oid}"`).setHeader('X-Repo-Commit', repo.commit);
  if (!lfs) return send(request, response, address);
  response.setHeader('X-Linked-Etag', `"${oid}"`).setHeader('X-Linked-Size', size);
  return response.writeHead(302, { Location: cdn + address, 'Content-Length': 0 }).end();
}

function sendPage(request, response, pathname, page) {
  const repo = repos.find(({ id }) => pathname.startsWith(`/api/models/${id}/tree/`));
  if (repo !== undefined && page + 1 < repo.pages) {
    const origin = `${tls ? 'https' : 'http'}://${request.headers.host}`;
    response.setHeader('Link', `<${origin}${pathname}?recursive=true&expand=false&cursor=${page + 1}>; rel="next"`);
  }
  return send(request, response, repo === undefined ? pathname : pageAddress(repo, page));
}

async function sendPathInfo(request, response, pathname) {
  let body = '';
  for await (const data of request) body += data;
  return send(request, response, `${pathname}/${JSON.parse(body).paths[0]}`);
}

function send(request, response, address) {
  const path = join(folder, 'www', address);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return response.writeHead(404).end();
  if (!response.hasHeader('ETag')) response.setHeader('ETag', `"${size}"`);
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = last ? Math.min(Number(last), size - 1) : size - 1;
  if (start > 0 && start >= size) return response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
  response.setHeader('Accept-Ranges', 'bytes').setHeader('Content-Length', end - start + 1);
  if (first === undefined) response.writeHead(200);
  else response.writeHead(206, { 'Content-Range': `bytes ${start}-${end}/${size}` });
  if (request.method === 'HEAD') return response.end();
  const content = createReadStream(path, { start, end, highWaterMark: 1024 * 1024 });
  response.once('close', () => content.destroy());
  return content.pipe(response);
}
