/** HTTP answers of both planes: XML under /api, JSON on the tunnel. */

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Set when the connection is to break behind the body: the length that the headers promise. */
  readonly promisedBytes?: number;
}

export type Plane = 'rest' | 'tunnel';

/** An error of the service: `code` is what clients classify by; the body's form depends on the plane. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const gateways: Readonly<Record<number, string>> = { 502: 'Bad Gateway', 504: 'Gateway Time-out' };

export const isGateway = (status: number): boolean => gateways[status] !== undefined;

/** What stands before the service answers in its place: a page for people, without a code. */
export class GatewayError extends ServiceError {
  readonly page: string;

  constructor(status: number) {
    const title = `${String(status)} ${gateways[status] ?? 'Error'}`;
    super(status, '', title);
    const heading = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n`;
    this.page = `${heading}<hr><center>tengine</center>\r\n</body>\r\n</html>\r\n`;
  }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? '');

/** CDATA cannot hold its own end, so that is split over two sections. */
export const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;

export function element(name: string, content: string, attributes: Readonly<Record<string, string>> = {}): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  return `<${name}${written.join('')}>${content}</${name}>`;
}

export function xml(content: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/xml', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}`,
  };
}

export function json(content: unknown): Answer {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(content) };
}

/** `<Error>` on the REST plane, `{"Code",…}` on the tunnel; a gateway's page on both. */
export function errorAnswer(error: ServiceError, plane: Plane, requestId: string): Answer {
  const { code, message, status, headers } = error;
  if (error instanceof GatewayError) return { status, headers: { 'Content-Type': 'text/html' }, body: error.page };
  if (plane === 'tunnel') {
    const body = { Code: code, Message: message, RequestId: requestId, HostId: 'simulator' };
    return { ...json(body), status, headers: { 'Content-Type': 'application/json', ...headers } };
  }
  const parts = [
    element('Code', escapeXml(code)),
    element('Message', cdata(message)),
    element('RequestId', requestId),
    element('HostId', 'simulator'),
  ];
  return { ...xml(element('Error', parts.join('')), headers), status };
}
