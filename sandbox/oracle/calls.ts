import { Cursors, type CallScope } from './cursors.ts';
import type { Engine, EngineSession, OracleError } from './engine.ts';
import { readExecute, readReexecute, type ExecuteRequest } from './execute-message.ts';
import type { CallFacts } from './faults.ts';
import * as handshake from './handshake.ts';
import { Login, readLogin, sessionPairs, type LoginMessage, type Verifiers } from './login.ts';
import { notPretended } from './refusal.ts';
import { writeCallEnd, writePairs, writeStatus } from './reply.ts';
import { MalformedRequest, type WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

const MESSAGE = { protocol: 1, dataTypes: 2, function: 3, piggyback: 17, fastLogin: 34 } as const;

const FUNCTION = {
  reexecute: 4,
  fetch: 5,
  logoff: 9,
  commit: 14,
  rollback: 15,
  reexecuteAndFetch: 78,
  execute: 94,
  closeCursors: 105,
  loginSecond: 115,
  loginFirst: 118,
  cancelCursors: 120,
  endToEnd: 135,
  ping: 147,
} as const;

const TOKEN_SINCE = 18;

/** Work that ends in one reply. */
export interface Call {
  /** The reply's end is marked, if both sides agreed to that; the replies of the handshake never are. */
  readonly marksEnd: boolean;
  /** What faults are told of it. */
  readonly facts: CallFacts;
  readonly run: (writer: WireWriter) => Promise<void>;
}

type Run = Call['run'];
type Work = Pick<Call, 'facts' | 'run'>;

/** Steps before the login is decided, and the last goodbye. */
const HANDSHAKE: CallFacts = { kind: 'handshake' };

function factsOf(kind: CallFacts['kind'], sql: string | undefined): CallFacts {
  return sql === undefined ? { kind } : { kind, sql };
}

export interface CallsContext {
  readonly engine: Engine;
  readonly verifiers: Verifiers;
  readonly profile: handshake.Profile;
  readonly endOfResponse: boolean;
  readonly service: string;
  /** Number of the session, for AUTH_SESSION_ID. */
  readonly number: number;
}

/** The conversation of one connection above packets: handshake, login, then calls. */
export class Calls {
  readonly #context: CallsContext;
  #fieldVersion: number;
  #sequence = 0;
  #login: Login | undefined;
  #open: { readonly session: EngineSession; readonly cursors: Cursors } | undefined;
  #cancelled = false;
  #ended = false;

  constructor(context: CallsContext) {
    this.#context = context;
    this.#fieldVersion = context.profile.fieldVersion;
  }

  /** The server ends the connection: the login failed. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Reads one message; undefined for one without a reply. Reading may be repeated from the start of the message.
   * @throws NotEnoughBytes, MalformedRequest, OracleError for what is refused.
   */
  read(reader: WireReader): Call | undefined {
    const type = reader.uint8();
    switch (type) {
      case MESSAGE.protocol:
        return this.#readProtocol(reader);
      case MESSAGE.dataTypes:
        return this.#readDataTypes(reader);
      case MESSAGE.fastLogin:
        return this.#readFastLogin(reader);
      case MESSAGE.function:
        return { marksEnd: true, ...this.#readFunction(reader, this.#fieldVersion) };
      case MESSAGE.piggyback:
        this.#readPiggyback(reader);
        return undefined;
      default:
        throw this.#open === undefined ? new MalformedRequest(`message ${type}`) : notPretended(`message ${type}`);
    }
  }

  writeError(writer: WireWriter, error: OracleError): void {
    const inTransaction = this.#open?.session.inTransaction ?? false;
    writeCallEnd(writer, { sequence: this.#sequence, inTransaction, error }, this.#fieldVersion);
  }

  /** Asks the running call to end. */
  cancel(): void {
    this.#cancelled = true;
    this.#open?.session.cancel();
  }

  /** The connection is gone. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.session.close();
  }

  #readProtocol(reader: WireReader): Call {
    handshake.readProtocol(reader);
    return {
      marksEnd: false,
      facts: HANDSHAKE,
      run: async (writer) => {
        this.#writeProtocol(writer);
      },
    };
  }

  #writeProtocol(writer: WireWriter): void {
    handshake.writeProtocol(writer, this.#context.profile, this.#context.endOfResponse);
  }

  #readDataTypes(reader: WireReader): Call {
    const request = handshake.readDataTypes(reader);
    return {
      marksEnd: false,
      facts: HANDSHAKE,
      run: async (writer) => {
        this.#writeDataTypes(writer, request);
      },
    };
  }

  #writeDataTypes(writer: WireWriter, request: handshake.DataTypesRequest): void {
    this.#fieldVersion = Math.min(this.#context.profile.fieldVersion, request.fieldVersion);
    handshake.writeDataTypes(writer, request);
  }

  #readFastLogin(reader: WireReader): Call {
    const { dataTypes, fieldVersion } = handshake.readFastLogin(reader);
    if (reader.uint8() !== MESSAGE.function) throw new MalformedRequest('a fast login without login');
    const login = this.#readFunction(reader, fieldVersion);
    return {
      marksEnd: true,
      facts: login.facts,
      run: async (writer) => {
        this.#writeProtocol(writer);
        this.#writeDataTypes(writer, dataTypes);
        await login.run(writer);
      },
    };
  }

  #readFunction(reader: WireReader, fieldVersion: number): Work {
    const code = reader.uint8();
    this.#sequence = reader.uint8();
    if (fieldVersion >= TOKEN_SINCE && reader.integer() !== 0) throw notPretended('pipelined calls');
    if (code === FUNCTION.loginFirst || code === FUNCTION.loginSecond) {
      const message = readLogin(reader);
      const run = code === FUNCTION.loginFirst ? this.#challenge(message) : this.#checkLogin(message);
      return { facts: code === FUNCTION.loginFirst ? HANDSHAKE : { kind: 'login' }, run };
    }
    this.#cancelled = false;
    return this.#readDatabaseCall(reader, code);
  }

  #readDatabaseCall(reader: WireReader, code: number): Work {
    const { session, cursors } = this.#session();
    switch (code) {
      case FUNCTION.execute:
        return this.#execute(readExecute(reader, this.#fieldVersion, cursors));
      case FUNCTION.reexecute:
      case FUNCTION.reexecuteAndFetch:
        return this.#execute(readReexecute(reader, code === FUNCTION.reexecuteAndFetch, cursors));
      case FUNCTION.fetch: {
        const [cursorId, count, scope] = [reader.integer(), reader.integer(), this.#scope()];
        const facts = factsOf('fetch', cursors.statement(cursorId)?.sql);
        return { facts, run: async (writer) => cursors.fetch(writer, cursorId, count, scope) };
      }
      case FUNCTION.commit:
        return { facts: { kind: 'commit' }, run: this.#statusAfter(async () => session.commit()) };
      case FUNCTION.rollback:
        return { facts: { kind: 'rollback' }, run: this.#statusAfter(async () => session.rollback()) };
      case FUNCTION.ping:
        return { facts: { kind: 'ping' }, run: this.#statusAfter(async () => undefined) };
      case FUNCTION.logoff:
        return { facts: HANDSHAKE, run: this.#statusAfter(async () => undefined) };
      default:
        throw notPretended(`function ${code}`);
    }
  }

  #execute(request: ExecuteRequest): Work {
    const { cursors } = this.#session();
    const scope = this.#scope();
    const facts = factsOf(request.defines ? 'fetch' : 'execute', request.statement.sql);
    return { facts, run: async (writer) => cursors.execute(writer, request, scope) };
  }

  #statusAfter(work: () => Promise<void>): Run {
    const { session } = this.#session();
    return async (writer) => {
      await work();
      writeStatus(writer, session.inTransaction);
    };
  }

  #session(): { readonly session: EngineSession; readonly cursors: Cursors } {
    if (this.#open === undefined) throw new MalformedRequest('a call before the login');
    return this.#open;
  }

  #scope(): CallScope {
    return { sequence: this.#sequence, isCancelled: () => this.#cancelled };
  }

  #challenge(message: LoginMessage): Run {
    return async (writer) => {
      this.#login = await Login.start(message, this.#context.verifiers);
      writePairs(writer, this.#login.challenge());
      writeCallEnd(writer, { sequence: this.#sequence, inTransaction: false }, this.#fieldVersion);
    };
  }

  #checkLogin(message: LoginMessage): Run {
    return async (writer) => {
      const login = this.#login;
      this.#login = undefined;
      if (login === undefined) throw new MalformedRequest('a password without challenge');
      try {
        const proof = await login.check(message);
        const session = this.#context.engine.openSession(login.user, this.#context.service);
        this.#open = { session, cursors: new Cursors(session, this.#fieldVersion) };
        writePairs(writer, sessionPairs({ ...this.#context, proof }));
        writeCallEnd(writer, { sequence: this.#sequence, inTransaction: false }, this.#fieldVersion);
      } catch (error) {
        this.#ended = true;
        throw error;
      }
    };
  }

  #readPiggyback(reader: WireReader): void {
    const code = reader.uint8();
    reader.uint8(); // sequence
    if (this.#fieldVersion >= TOKEN_SINCE) reader.integer();
    if (code === FUNCTION.endToEnd) readEndToEnd(reader);
    else if (code === FUNCTION.closeCursors || code === FUNCTION.cancelCursors) this.#readCursorList(reader, code);
    else throw notPretended(`piggyback ${code}`);
  }

  #readCursorList(reader: WireReader, code: number): void {
    reader.uint8();
    const ids = Array.from({ length: reader.integer() }, () => reader.integer());
    const { cursors } = this.#session();
    for (const id of ids) {
      if (code === FUNCTION.closeCursors) cursors.close(id);
      else cursors.endFetch(id);
    }
  }
}

/** Module, action, client identifier and the like: what V$SESSION would show. Nothing here shows them, so they are passed over. */
function readEndToEnd(reader: WireReader): void {
  reader.skip(2);
  reader.integer();
  let texts = 0;
  const countText = (): void => {
    const present = reader.uint8() !== 0;
    if (reader.integer() > 0 && present) texts += 1;
  };
  for (let index = 0; index < 4; index++) countText(); // client identifier, module, action, execution context
  reader.uint8();
  reader.integer();
  countText(); // client information
  for (let index = 0; index < 2; index++) {
    reader.uint8();
    reader.integer();
  }
  countText(); // database operation
  for (let index = 0; index < texts; index++) reader.bytes();
}
