import type { Socket } from 'node:net';
import { Calls, type Call } from './calls.ts';
import { ConnectionFaults } from './connection-faults.ts';
import { cancelled } from './cursors.ts';
import { OracleError, type Engine } from './engine.ts';
import { endsConnection, type FaultAction, type OracleFaults } from './faults.ts';
import type { Profile } from './handshake.ts';
import type { Verifiers } from './login.ts';
import * as packets from './packets.ts';
import { simulatorFault } from './refusal.ts';
import { writeEndOfResponse } from './reply.ts';
import { MalformedRequest, NotEnoughBytes, WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** How long to wait for the next packet of a request that was not complete; doubles while it stays incomplete. */
const SHORTEST_PAUSE_MILLISECONDS = 5;
const LONGEST_PAUSE_MILLISECONDS = 160;
const UNKNOWN_SERVICE = 12_514;

export interface SessionContext {
  readonly engine: Engine;
  readonly verifiers: Verifiers;
  readonly profile: Profile;
  readonly number: number;
  /** Not taken: refused with this error of the listener. */
  readonly refusal?: number;
  readonly faults?: OracleFaults;
}

/** One connection: its packets, one call at a time, and breaks. */
export class OracleSession {
  readonly #socket: Socket;
  readonly #context: SessionContext;
  readonly #splitter = new packets.PacketSplitter();
  readonly #writer = new WireWriter();
  #connect: packets.ConnectRequest | undefined;
  #agreement: packets.Agreement | undefined;
  #calls: Calls | undefined;
  /** Bytes of requests that were not run yet. */
  #pending: Buffer[] = [];
  /** How much of the pending request was there when it was last found incomplete. */
  #incompleteAt = 0;
  #pauseMilliseconds = SHORTEST_PAUSE_MILLISECONDS;
  #pause: NodeJS.Timeout | undefined;
  #endMarked = false;
  /** The client marked the end of its last request: oracledb always does, python-oracledb never. */
  #marksEnds = false;
  #refused: OracleError | undefined;
  #running: Promise<void> | undefined;
  /** Between the client's interrupt and the answer to its reset nothing is said. */
  #breaking = false;
  readonly #faults: ConnectionFaults;
  /** Settles when the connection is gone and its transaction is rolled back. */
  readonly closed: Promise<void>;

  constructor(socket: Socket, context: SessionContext) {
    this.#socket = socket;
    this.#context = context;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    this.#faults = new ConnectionFaults(context.faults, {
      gone: new Promise((resolve) => socket.once('close', resolve)),
      deliver: (chunk) => {
        this.#guarded(() => {
          this.#receive(chunk);
        });
      },
    });
    socket.on('data', (chunk: Buffer) => {
      this.#faults.take(chunk);
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        void this.#close().finally(resolve);
      });
    });
  }

  drop(): void {
    this.#socket.destroy();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#pause);
    if (this.#running !== undefined) this.#calls?.cancel();
    await this.#running;
    await this.#calls?.close();
  }

  /** What a client must not send ends its connection, and only that. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      process.emitWarning(
        `Oracle simulator dropped a connection: ${error instanceof Error ? error.message : 'unknown'}`,
      );
      this.#socket.destroy();
    }
  }

  #receive(chunk: Buffer): void {
    for (const packet of this.#splitter.split(chunk)) {
      switch (packet.type) {
        case packets.PACKET.connect:
          this.#onConnect(packets.readConnect(packet.bytes));
          break;
        case packets.PACKET.data:
          this.#onData(packet.bytes);
          break;
        case packets.PACKET.marker:
          this.#onMarker(packets.markerKind(packet.bytes));
          break;
        default:
          throw new MalformedRequest(`packet type ${packet.type}`);
      }
    }
  }

  #onConnect(request: packets.ConnectRequest): void {
    this.#connect = request;
    if (request.descriptor !== null) this.#accept(request, request.descriptor);
  }

  #accept(request: packets.ConnectRequest, descriptor: string): void {
    const service = packets.serviceOf(descriptor);
    if (this.#context.refusal !== undefined) {
      this.#socket.end(packets.refusePacket(this.#context.refusal));
      return;
    }
    if (!this.#context.engine.services.includes(service)) {
      this.#socket.end(packets.refusePacket(UNKNOWN_SERVICE));
      return;
    }
    const agreement = packets.agree(request, this.#context.profile.netVersion);
    this.#agreement = agreement;
    this.#calls = new Calls({ ...this.#context, service, endOfResponse: agreement.endOfResponse });
    this.#socket.write(packets.acceptPacket(agreement));
    this.#splitter.largeLengths = agreement.largeLengths;
  }

  #onData(packet: Buffer): void {
    const data = packets.readData(packet);
    if (this.#agreement === undefined) {
      if (this.#connect === undefined) throw new MalformedRequest('data before a connect request');
      this.#accept(this.#connect, data.payload.toString('latin1'));
      return;
    }
    if (data.endOfFile) this.#socket.end();
    if (data.payload.length === 0) return;
    clearTimeout(this.#pause);
    this.#endMarked = data.endOfRequest;
    if (this.#refused !== undefined) {
      this.#refuse(this.#refused);
      return;
    }
    this.#pending.push(data.payload);
    // Reading an incomplete request starts anew. So that a long one is not read once per packet, try again only when its end is
    // marked or likely, when twice as much is there, or when nothing follows. Clients that do not mark ends fill their packets.
    const likelyEnd = this.#marksEnds ? data.endOfRequest : packet.length < this.#agreement.unit;
    const size = this.#pending.reduce((sum, part) => sum + part.length, 0);
    if (likelyEnd || size >= this.#incompleteAt * 2) this.#next();
    else this.#pause = setTimeout(this.#nextGuarded, this.#pauseMilliseconds);
  }

  readonly #nextGuarded = (): void => {
    this.#guarded(() => {
      this.#next();
    });
  };

  /** Runs what can be read of the pending bytes, one call at a time. */
  #next(): void {
    while (this.#running === undefined && this.#pending.length > 0 && this.#calls !== undefined) {
      const bytes = this.#pending.length === 1 ? (this.#pending[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#pending);
      this.#pending = [bytes];
      const reader = new WireReader(bytes);
      const call = this.#read(this.#calls, reader);
      if (call === 'incomplete') {
        this.#incompleteAt = bytes.length;
        this.#pauseMilliseconds = Math.min(this.#pauseMilliseconds * 2, LONGEST_PAUSE_MILLISECONDS);
        return;
      }
      this.#incompleteAt = 0;
      this.#marksEnds = this.#endMarked;
      this.#pauseMilliseconds = SHORTEST_PAUSE_MILLISECONDS;
      if (call instanceof OracleError) {
        this.#refuse(call);
        return;
      }
      this.#pending = reader.remaining > 0 ? [bytes.subarray(reader.position)] : [];
      if (call !== undefined) this.#running = this.#run(this.#calls, call);
    }
  }

  #read(calls: Calls, reader: WireReader): Call | undefined | 'incomplete' | OracleError {
    try {
      return calls.read(reader);
    } catch (error) {
      if (error instanceof NotEnoughBytes) return 'incomplete';
      if (error instanceof OracleError) return error;
      throw error;
    }
  }

  /** Answers a request that was not read to its end, once the client has sent the rest, which is thrown away. */
  #refuse(error: OracleError): void {
    this.#pending = [];
    this.#refused = error;
    if (this.#endMarked) this.#answerRefused();
    else this.#pause = setTimeout(this.#answerRefused, LONGEST_PAUSE_MILLISECONDS);
  }

  readonly #answerRefused = (): void => {
    const error = this.#refused;
    this.#refused = undefined;
    if (error === undefined || this.#calls === undefined) return;
    const refuse = async (): Promise<never> => {
      throw error;
    };
    this.#running = this.#run(this.#calls, { marksEnd: true, facts: { kind: 'handshake' }, run: refuse });
  };

  async #run(calls: Calls, call: Call): Promise<void> {
    const writer = this.#writer;
    const fault = this.#faults.meet(call.facts);
    let ended = false;
    writer.clear();
    try {
      await this.#faults.run(fault, async () => call.run(writer));
    } catch (error) {
      const shown = error instanceof OracleError ? error : simulatorFault(error);
      ended = endsConnection(shown);
      writer.clear();
      calls.writeError(writer, shown);
    }
    await this.#faults.thawed();
    this.#running = undefined;
    if (this.#faults.silent) return;
    const action = fault.failure?.action;
    if (action?.do === 'drop') this.#socket.destroy();
    else if (!this.#breaking) this.#respond(call.marksEnd, action);
    if (calls.ended || ended) this.#socket.end();
    else this.#nextGuarded();
  }

  #respond(marksEnd: boolean, fault?: FaultAction): void {
    if (this.#agreement === undefined || this.#socket.destroyed) return;
    const marked = marksEnd && this.#agreement.endOfResponse;
    if (marked) writeEndOfResponse(this.#writer);
    const bytes = packets.dataPackets(this.#writer.view(), this.#agreement, marked);
    if (fault?.do !== 'truncate') this.#socket.write(bytes);
    else this.#socket.end(bytes.subarray(0, fault.bytes ?? Math.floor(bytes.length / 2)));
  }

  #onMarker(kind: number): void {
    if (kind === packets.MARKER.reset) {
      void this.#endBreak();
      return;
    }
    if (this.#breaking) return;
    this.#breaking = true;
    clearTimeout(this.#pause);
    this.#pending = [];
    this.#incompleteAt = 0;
    this.#refused = undefined;
    if (this.#running !== undefined) this.#calls?.cancel();
    this.#faults.interrupt();
    this.#sendMarker(packets.MARKER.break);
  }

  /** The cancelled call has left the engine before the client hears that it may go on. */
  async #endBreak(): Promise<void> {
    await this.#running;
    this.#breaking = false;
    this.#sendMarker(packets.MARKER.reset);
    this.#writer.clear();
    this.#calls?.writeError(this.#writer, cancelled());
    this.#respond(true);
  }

  #sendMarker(kind: number): void {
    if (!this.#socket.destroyed) this.#socket.write(packets.markerPacket(kind, this.#splitter.largeLengths));
  }
}
