import { createCipheriv, createDecipheriv, createHash, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { OracleError } from './engine.ts';
import type { Profile } from './handshake.ts';
import { notPretended } from './refusal.ts';
import type { WireReader } from './wire-reader.ts';

/**
 * Login with Oracle's 12C password verifier (PBKDF2 with HMAC-SHA512): the server proves that it knows the verifier and the
 * client proves that it knows the password, under a session key that both contribute to.
 */
const derive = promisify(pbkdf2);

const VERIFIER_ROUNDS = 4096;
const SESSION_KEY_ROUNDS = 3;
const VERIFIER_PURPOSE = Buffer.from('AUTH_PBKDF2_SPEEDY_KEY');
const VERIFIER_TYPE_12C = 0x4815;
const BLOCK = 16;
/** `as SYSDBA` in the login mode. */
const MODE_SYSDBA = 0x20;
const ADMINISTRATOR = 'SYS';
/** Ways to log in that are not pretended: proxy users, changed passwords, tokens. */
const NOT_TAKEN = ['PROXY_CLIENT_NAME', 'AUTH_NEWPASSWORD', 'AUTH_TOKEN'];

export type Pair = readonly [key: string, value: string, flags?: number];

export interface LoginMessage {
  /** Upper case, without quotes. */
  readonly user: string;
  readonly mode: number;
  readonly values: ReadonlyMap<string, string>;
}

/** Reads the arguments of both login functions. */
export function readLogin(reader: WireReader): LoginMessage {
  const hasUser = reader.uint8() !== 0;
  reader.integer();
  const mode = reader.integer();
  reader.uint8();
  const count = reader.integer();
  reader.skip(2);
  const user = hasUser ? (reader.bytes()?.toString('utf8') ?? '') : '';
  const values = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    const { key, value } = reader.keyValue();
    values.set(key, value);
  }
  return { user: user.replace(/^"(.*)"$/, '$1').toUpperCase(), mode, values };
}

interface Verifier {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

async function makeVerifier(password: Buffer, salt: Buffer): Promise<Verifier> {
  const key = await derive(password, Buffer.concat([salt, VERIFIER_PURPOSE]), VERIFIER_ROUNDS, 64, 'sha512');
  return { salt, hash: createHash('sha512').update(key).update(salt).digest().subarray(0, 32) };
}

/** Verifiers of all users, made when first needed. */
export class Verifiers {
  readonly #passwords: ReadonlyMap<string, string>;
  readonly #made = new Map<string, { readonly password: string; readonly verifier: Promise<Verifier> }>();

  constructor(passwords: ReadonlyMap<string, string>) {
    this.#passwords = passwords;
  }

  /** An unknown user gets a verifier too, of a password that nobody knows: the challenge does not tell who exists. */
  async of(user: string): Promise<Verifier> {
    const password = this.#passwords.get(user);
    if (password === undefined) return await makeVerifier(randomBytes(32), randomBytes(BLOCK));
    let made = this.#made.get(user);
    if (made?.password !== password) {
      made = { password, verifier: makeVerifier(Buffer.from(password, 'utf8'), randomBytes(BLOCK)) };
      this.#made.set(user, made);
    }
    return await made.verifier;
  }
}

const WRONG_CREDENTIAL = 'invalid credential or not authorized; logon denied';

/** One login: `challenge`, then `check` once. */
export class Login {
  readonly user: string;
  readonly #verifier: Verifier;
  readonly #serverPart = randomBytes(32);
  readonly #sessionSalt = randomBytes(BLOCK);

  private constructor(user: string, verifier: Verifier) {
    this.user = user;
    this.#verifier = verifier;
  }

  static async start(message: LoginMessage, verifiers: Verifiers): Promise<Login> {
    return new Login(message.user, await verifiers.of(message.user));
  }

  challenge(): readonly Pair[] {
    return [
      ['AUTH_SESSKEY', hex(encrypt(this.#verifier.hash, this.#serverPart)), 1],
      ['AUTH_VFR_DATA', hex(this.#verifier.salt), VERIFIER_TYPE_12C],
      ['AUTH_PBKDF2_CSK_SALT', hex(this.#sessionSalt)],
      ['AUTH_PBKDF2_VGEN_COUNT', String(VERIFIER_ROUNDS)],
      ['AUTH_PBKDF2_SDER_COUNT', String(SESSION_KEY_ROUNDS)],
      ['AUTH_GLOBALLY_UNIQUE_DBID\0', '5D7C6DF1436ADB3A97ED9E44F4C82F9B'],
    ];
  }

  /**
   * Checks the password and returns the server's own proof for AUTH_SVR_RESPONSE.
   * @throws OracleError 1017 for a wrong user or password, 1031 for SYSDBA by somebody else, 3001 for other ways to log in.
   */
  async check(message: LoginMessage): Promise<string> {
    const untaken = NOT_TAKEN.find((key) => message.values.has(key));
    if (untaken !== undefined) throw notPretended(untaken);
    const sessionKey = await this.#sessionKey(message.values.get('AUTH_SESSKEY') ?? '');
    const password = unpad(decrypt(sessionKey, Buffer.from(message.values.get('AUTH_PASSWORD') ?? '', 'hex')));
    const probe = await makeVerifier(password, this.#verifier.salt);
    if (!timingSafeEqual(probe.hash, this.#verifier.hash)) throw new OracleError(1017, WRONG_CREDENTIAL);
    if ((message.mode & MODE_SYSDBA) !== 0 && this.user !== ADMINISTRATOR) {
      throw new OracleError(1031, 'insufficient privileges');
    }
    const proof = Buffer.concat([randomBytes(BLOCK), Buffer.from('SERVER_TO_CLIENT'), Buffer.alloc(BLOCK, BLOCK)]);
    return hex(encrypt(sessionKey, proof));
  }

  async #sessionKey(encryptedPart: string): Promise<Buffer> {
    const clientPart = decrypt(this.#verifier.hash, Buffer.from(encryptedPart, 'hex').subarray(0, 32));
    const both = Buffer.concat([clientPart, this.#serverPart]);
    return await derive(hex(both), this.#sessionSalt, SESSION_KEY_ROUNDS, 32, 'sha512');
  }
}

/** A message of 16 random bytes, the password, and PKCS #7 padding. Nonsense means that the keys differ: a wrong password. */
function unpad(bytes: Buffer): Buffer {
  const padding = bytes.at(-1) ?? 0;
  if (padding < 1 || padding > BLOCK || bytes.length < BLOCK + padding) throw new OracleError(1017, WRONG_CREDENTIAL);
  return bytes.subarray(BLOCK, bytes.length - padding);
}

function encrypt(key: Buffer, bytes: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(BLOCK)).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

function decrypt(key: Buffer, bytes: Buffer): Buffer {
  if (bytes.length === 0 || bytes.length % BLOCK !== 0) throw new OracleError(1017, WRONG_CREDENTIAL);
  const decipher = createDecipheriv('aes-256-cbc', key, Buffer.alloc(BLOCK)).setAutoPadding(false);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}

export interface SessionFacts {
  readonly number: number;
  readonly service: string;
  readonly profile: Profile;
  /** AUTH_SVR_RESPONSE. */
  readonly proof: string;
}

/** What the server tells about itself after a successful login. */
export function sessionPairs(facts: SessionFacts): readonly Pair[] {
  return [
    ['AUTH_VERSION_STRING', '- Simulator'],
    ['AUTH_VERSION_SQL', '26'],
    ['AUTH_VERSION_NO', String(facts.profile.release)],
    ['AUTH_VERSION_STATUS', '0'],
    ['AUTH_XACTION_TRAITS', '3'],
    ['AUTH_DBNAME', facts.service],
    ['AUTH_SESSION_ID', String(facts.number)],
    ['AUTH_SERIAL_NUM', '1'],
    ['AUTH_INSTANCE_NO', '1'],
    ['AUTH_INSTANCENAME', 'SIMULATOR'],
    ['AUTH_SERVER_PID', String(process.pid)],
    ['AUTH_SC_SERVER_HOST', 'simulator'],
    ['AUTH_SC_DBUNIQUE_NAME', 'SIMULATOR'],
    ['AUTH_SC_SERVICE_NAME', facts.service],
    ['AUTH_SC_DB_DOMAIN', ''],
    ['AUTH_MAX_OPEN_CURSORS', '1000'],
    ['AUTH_MAX_IDEN_LENGTH', '128'],
    ['AUTH_SVR_RESPONSE', facts.proof],
  ];
}
