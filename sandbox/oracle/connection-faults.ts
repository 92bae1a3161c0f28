import { cancelled } from './cursors.ts';
import { faultError, type CallFacts, type FaultAction, type FaultRule, type OracleFaults } from './faults.ts';

/** What the faults do to one call. */
export interface CallFault {
  readonly delayMilliseconds: number;
  readonly failure: FaultRule | undefined;
}

/** The faults of one connection: what it must not hear, and what becomes of its calls. */
export class ConnectionFaults {
  readonly #faults: OracleFaults | undefined;
  readonly #deliver: (chunk: Buffer) => void;
  readonly #gone: Promise<unknown>;
  /** What arrived while everything was frozen. */
  #held: Buffer[] | undefined;
  #silent = false;
  #breakDelay: (() => void) | undefined;

  constructor(
    faults: OracleFaults | undefined,
    connection: { readonly gone: Promise<unknown>; readonly deliver: (chunk: Buffer) => void },
  ) {
    this.#faults = faults;
    this.#gone = connection.gone;
    this.#deliver = connection.deliver;
  }

  /** Frozen for good: nothing is read or answered any more. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Delivers what has arrived, now or after the thaw, in order. */
  take(chunk: Buffer): void {
    if (this.#silent) return;
    if (this.#held !== undefined) {
      this.#held.push(chunk);
      return;
    }
    const thaw = this.#faults?.frozen();
    if (thaw === undefined) {
      this.#deliver(chunk);
      return;
    }
    this.#held = [chunk];
    void thaw.then(() => {
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const part of held) this.take(part);
    });
  }

  /** Settles when an answer may leave, or nobody is there to read it. */
  async thawed(): Promise<void> {
    const thaw = this.#faults?.frozen();
    if (thaw !== undefined) await Promise.race([thaw, this.#gone]);
  }

  meet(call: CallFacts): CallFault {
    const fired = this.#faults?.fired(call) ?? [];
    let delayMilliseconds = 0;
    for (const { action } of fired) if (action.do === 'delay') delayMilliseconds += action.milliseconds;
    return { delayMilliseconds, failure: fired.find(({ action }) => action.do !== 'delay') };
  }

  /** Runs a call as its fault lets it. @throws OracleError of the fault; 1013 when the client breaks during a delay. */
  async run({ delayMilliseconds, failure }: CallFault, call: () => Promise<void>): Promise<void> {
    if (delayMilliseconds > 0) await this.#delay(delayMilliseconds);
    if (failure?.when === 'before') {
      this.#apply(failure.action);
      if (failure.action.do === 'drop' || this.#silent) return;
    }
    await call();
    if (failure?.when === 'after') this.#apply(failure.action);
  }

  #apply(action: FaultAction): void {
    if (action.do === 'error') throw faultError(action);
    if (action.do === 'freeze') this.#silent = true;
  }

  async #delay(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<'over'>((resolve) => {
      timer = setTimeout(resolve, milliseconds, 'over');
    });
    const broken = new Promise<'broken'>((resolve) => {
      this.#breakDelay = () => {
        resolve('broken');
      };
    });
    const end = await Promise.race([over, broken, this.#gone]);
    clearTimeout(timer);
    this.#breakDelay = undefined;
    if (end !== 'over') throw cancelled();
  }

  /** The client asked for a break. */
  interrupt(): void {
    this.#breakDelay?.();
  }
}
