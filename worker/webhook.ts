/** Posts JSON as Standard Webhooks (standardwebhooks.com): signed with HMAC-SHA256 over id, time and body. */
import { createHmac } from 'node:crypto';
import type { Contact, DeliveryAnswer } from '../activities/ports.ts';

const TIMEOUT_MS = 10_000;
const SECRET_PREFIX = 'whsec_';
/** Beside 5xx, the answers that say "later": Request Timeout, Too Many Requests. */
const LATER: ReadonlySet<number> = new Set([408, 429]);

/** `whsec_…` is base64, as the specification has it; anything else is the key itself. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');

/** @param signed `id.timestamp.body`, the timestamp in Unix seconds */
export const webhookSignature = (secret: string, signed: string): string =>
  `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`;

export class Webhook implements Contact {
  private readonly url: string;
  private readonly secret: string;
  private readonly timeoutMs: number;

  constructor(url: string, secret: string, timeoutMs = TIMEOUT_MS) {
    this.timeoutMs = timeoutMs;
    this.url = url;
    this.secret = secret;
  }

  async deliver(id: string, body: string, signal: AbortSignal): Promise<DeliveryAnswer> {
    const timeout = AbortSignal.timeout(this.timeoutMs);
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'redoflow', ...this.signed(id, body) },
        body,
        redirect: 'manual', // it was signed for this address alone
        signal: AbortSignal.any([signal, timeout]),
      });
      await response.body?.cancel();
      return answerOf(response.status);
    } catch (error) {
      signal.throwIfAborted();
      const problem = timeout.aborted
        ? `no answer within ${this.timeoutMs / 1000} s`
        : `not reached (${codeOf(error)})`;
      return { delivered: false, mayHelp: true, problem };
    }
  }

  private signed(id: string, body: string): Record<string, string> {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = webhookSignature(this.secret, `${id}.${timestamp}.${body}`);
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  }
}

function answerOf(status: number): DeliveryAnswer {
  if (status >= 200 && status < 300) return { delivered: true };
  const mayHelp = status >= 500 || LATER.has(status);
  return { delivered: false, mayHelp, problem: `it answered with status ${status}` };
}

/** Its code alone: the text of the error may hold the address, which may hold a token. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'request failed';
}
