/** `/live` and `/ready` over HTTP; a port is opened only where an operator asked for one. */
import { createServer } from 'node:http';

export interface Health extends AsyncDisposable {
  ready(isReady: boolean): void;
}

/** @param address `host:port` */
export async function openHealth(address: string): Promise<Health> {
  let isReady = false;
  const server = createServer((request, response) => {
    const ok = request.url === '/live' || (request.url === '/ready' && isReady);
    response.writeHead(ok ? 200 : 503).end(ok ? 'ok\n' : 'not ready\n');
  });
  const split = address.lastIndexOf(':');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(Number(address.slice(split + 1)), address.slice(0, split), resolve);
  });
  return {
    ready: (now) => {
      isReady = now;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}
